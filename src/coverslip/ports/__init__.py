"""The doors for plugins: small typed contracts, and the registry that finds who implements them."""
