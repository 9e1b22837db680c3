"""Where sites should stand: location models over road travel times, each with a proven bound."""
