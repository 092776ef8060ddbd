"""What a participant offers: assets, sources, terms, grades, and the catalog made of them."""
