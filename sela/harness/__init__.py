"""The part of the engine that runs inside the sandbox. Stands on numpy, pandas, scikit-learn alone."""
