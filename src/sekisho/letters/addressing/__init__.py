"""To whom a letter goes and what carries it: recipients, the barcode, envelopes, postage (B5)."""
