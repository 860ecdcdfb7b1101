"""What people read besides explanations: verdicts, reasons, consent, certificates, receipts.

The explainer says what a policy asks; this package says everything around it, in the same four
languages. Other packages hold codes and facts, never sentences.
"""
