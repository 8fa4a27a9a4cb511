"""Hand-drawn objects, layers, and bulk results."""
