"""Pure routing: a Problem in, a Plan out, over real roads. Knows no database and no web."""
