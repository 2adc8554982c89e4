"""The part that runs inside the sandbox. Stands on numpy, pandas and scikit-learn alone."""
