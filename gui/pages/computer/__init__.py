"""This computer: what trains here, how fast, and why a graphics card is not used."""
