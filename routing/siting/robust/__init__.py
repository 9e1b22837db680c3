"""One choice of sites for several futures: least expected cost, or least regret whichever of them comes."""
