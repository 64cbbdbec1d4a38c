"""Tools for those who work on Sekisho: measuring and generating. Not part of the product."""
