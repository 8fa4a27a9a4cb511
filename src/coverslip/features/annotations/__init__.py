"""Hand-drawn objects, layers, and the files of other programs."""
