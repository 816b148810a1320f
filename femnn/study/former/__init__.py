"""Studies as modules of functions: the form that studies leave one after another."""
