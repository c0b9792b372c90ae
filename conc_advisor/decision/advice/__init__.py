"""What to say once a model is chosen: texts as data, each with the models and the answers it is for.  Nothing here chooses."""
