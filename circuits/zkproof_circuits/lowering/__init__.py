"""From syntax tree to circuit: names, units, arithmetic, conditions, and what cannot be proven."""
