"""Which pairs stay, why, and whom that leaves out: scorers, rules, duplicates, groups, and the stage that runs them."""
