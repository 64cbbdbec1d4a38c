"""Mail archives → disclosures: read each message once, find the policies in it, note who sent it to whom."""
