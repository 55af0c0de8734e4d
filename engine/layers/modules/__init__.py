"""The few torch modules that torch itself lacks; imported only when a network is built."""
