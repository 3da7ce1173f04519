"""How do text messages reach phones?"""
