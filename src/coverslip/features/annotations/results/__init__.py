"""Result layers and overlays: bulk results of analyses and imports, immutable, columnar, served as tiles."""
