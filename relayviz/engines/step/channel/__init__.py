"""The real channel that is stepped: its parts, its looks, and how it is kept and made again."""
