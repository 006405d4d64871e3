"""What users see: the report of a gradient, the view of a run, the gradients themselves."""
