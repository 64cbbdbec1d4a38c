"""Documents of an incident: for the regulator, the public, other insurers, the association; Word, Excel and PDF."""
