"""What the tests share: listening for noise, finding leaks, blocking the network."""
