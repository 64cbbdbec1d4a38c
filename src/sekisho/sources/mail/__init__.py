"""Mail archives: finding the messages, taking each apart, decoding what it says."""
