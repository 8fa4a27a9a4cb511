"""Built-in slide formats, one module or family each; they enter by the format door like any plugin."""
