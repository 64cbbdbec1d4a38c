"""Fonts: which of them has a glyph, its outline, and what of it goes into a print file."""
