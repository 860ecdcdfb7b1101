"""Words for circuits: message catalogues per language, names of slots, sentences of formulas."""
