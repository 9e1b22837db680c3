"""Networks of several tiers: stations, centres and markets chosen together, year by year, with a proven bound."""
