"""Where sorting centres might stand, tried by a planner: scenarios, what each is worth, and which is better."""
