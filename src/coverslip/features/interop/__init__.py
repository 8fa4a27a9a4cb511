"""Other people's protocols over our slides."""
