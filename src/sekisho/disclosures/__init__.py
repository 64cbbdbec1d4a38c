"""Facts: data of this policy, these items, came from here to there by this channel at that time."""
