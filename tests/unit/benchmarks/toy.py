"""A tiny network in the DIMACS form."""

WIDTH, HEIGHT = 6, 5
FILES = ("tiny-t.TOY.gr", "tiny-d.TOY.gr", "tiny-d.TOY.co")


def grid():
    """Arcs (tail, head, time, length) there and back in a grid of streets, no two of the same time; and places."""
    arcs, places = [], []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            node = y * WIDTH + x + 1
            places.append((node, 107_470_000 + 3000 * x + 7 * y, 31_200_000 + 2500 * y + 5 * x))
            for other in ([node + 1] if x < WIDTH - 1 else []) + ([node + WIDTH] if y < HEIGHT - 1 else []):
                time = 1000 + 37 * node + 11 * other
                arcs += [(node, other, time, 2500 + node), (other, node, time + 13, 2500 + node)]
    return arcs, places


def texts():
    """The three files' text by name."""
    arcs, places = grid()
    head = f"c made for a test\np sp {len(places)} {len(arcs)}\nc\n"
    return {
        FILES[0]: head + "".join(f"a {a} {b} {time}\n" for a, b, time, _ in arcs),
        FILES[1]: head + "".join(f"a {a} {b} {length}\n" for a, b, _, length in arcs),
        FILES[2]: f"c places\np aux sp co {len(places)}\n" + "".join(f"v {n} {x} {y}\n" for n, x, y in places),
    }
