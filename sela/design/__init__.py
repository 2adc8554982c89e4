"""Who has the ideas and writes the code: the stage contract, insights, and the designers."""
