"""Drawings for generated posters: one motif per genre, so that colour is not all that tells them.

Each function draws on a ground of 240 × 226 units with the two colours it is given and the
dice it is given, and returns SVG.
"""

import math
from random import Random


def _circle(x, y, r, fill, extra="") -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.1f}" fill="{fill}" {extra}/>'


def _rect(x, y, w, h, fill, extra="") -> str:
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{h:.0f}" fill="{fill}" {extra}/>'


def _shape(points, fill, extra="") -> str:
    corners = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{corners}" fill="{fill}" {extra}/>'


def _ring(x, y, r, colour, width=3, extra="") -> str:
    return _circle(x, y, r, "none", f'stroke="{colour}" stroke-width="{width}" {extra}')


def _stars(dice: Random, n: int, colour: str) -> list[str]:
    places = [(dice.uniform(8, 232), dice.uniform(6, 200)) for _ in range(n)]
    return [_circle(x, y, dice.choice([0.8, 1.2, 1.8]), colour) for x, y in places]


def rays(dice, main, side):
    """Action: rays from one point."""
    x, y, n, turn = dice.uniform(70, 170), dice.uniform(110, 180), 18, dice.random()
    parts = []
    for k in range(n):
        a, b = ((k + turn) * 2 * math.pi / n, (k + turn + 0.45) * 2 * math.pi / n)
        far = [(x + 340 * math.cos(t), y + 340 * math.sin(t)) for t in (a, b)]
        parts.append(_shape([(x, y), *far], main if k % 3 == 0 else side, 'opacity=".55"'))
    return [*parts, _circle(x, y, dice.uniform(26, 40), main)]


def mountains(dice, main, side):
    """Adventure: a sun behind mountains."""
    parts = [_circle(dice.uniform(60, 180), dice.uniform(60, 90), 32, main)]
    for depth, opacity in ((110, 0.45), (150, 0.7), (186, 1)):
        peaks = [(-10, 226)]
        for k in range(7):
            peaks.append((k * 42 - 8, depth + dice.uniform(-34, 6) + 26 * (k % 2)))
        parts.append(_shape([*peaks, (260, 226)], side, f'opacity="{opacity}"'))
    return parts


def bubbles(dice, main, side):
    """Animation and children's films: round shapes that overlap."""
    parts = []
    for k in range(9):
        x, y, r = dice.uniform(10, 230), dice.uniform(20, 205), dice.uniform(16, 46)
        parts.append(_circle(x, y, r, main if k % 2 else side, 'opacity=".72"'))
        parts.append(_circle(x - r / 3, y - r / 3, r / 6, "#fff", 'opacity=".6"'))
    return parts


def balloons(dice, main, side):
    """Children: balloons on strings."""
    parts = []
    for k in range(5):
        x, y = 34 + k * 43 + dice.uniform(-8, 8), dice.uniform(44, 120)
        line = f'd="M{x:.0f} {y:.0f} Q{x + 14:.0f} {y + 70:.0f} {x:.0f} 226"'
        parts.append(f'<path {line} stroke="{side}" stroke-width="1.5" fill="none"/>')
        shape = f'cx="{x:.0f}" cy="{y:.0f}" rx="21" ry="26"'
        parts.append(f'<ellipse {shape} fill="{main if k % 2 else side}"/>')
    return parts


def confetti(dice, main, side):
    """Comedy: confetti over a smile."""
    parts = []
    for k in range(34):
        x, y, turn = dice.uniform(0, 236), dice.uniform(0, 215), dice.uniform(0, 90)
        spin = f'transform="rotate({turn:.0f} {x:.0f} {y:.0f})" opacity=".8"'
        parts.append(_rect(x, y, 9, 5, main if k % 2 else side, spin))
    smile = f'<path d="M70 104 A52 52 0 0 0 170 104" fill="none" stroke="{main}" '
    x, y, turn, size = dice.uniform(0, 60), dice.uniform(5, 45), dice.uniform(-25, 25), 0.75
    face = f'<g transform="translate({x:.0f} {y:.0f}) scale({size}) rotate({turn:.0f} 120 100)">'
    eyes = [_circle(92, 76, 10, main), _circle(148, 76, 10, main)]
    return [*parts, face, f'{smile}stroke-width="15"/>', *eyes, "</g>"]


def fingerprint(dice, main, side):
    """Crime: the ridges of a fingerprint."""
    x, y = dice.uniform(100, 140), dice.uniform(105, 130)
    parts = []
    for k in range(1, 12):
        r, gap, turn = 9 * k, dice.uniform(10, 40), dice.uniform(0, 360)
        extra = f'stroke-dasharray="{4 * r:.0f} {gap:.0f}" stroke-linecap="round" '
        extra += f'transform="rotate({turn:.0f} {x:.0f} {y:.0f})"'
        parts.append(_ring(x, y, r, main if k % 3 else side, 3.6, extra))
    return parts


def lens(dice, main, side):
    """Documentary: the lens of a camera."""
    x, y, turn = dice.uniform(80, 160), dice.uniform(95, 130), dice.uniform(0, 60)
    parts = [_circle(x, y, 88, side), _circle(x, y, 72, main)]
    for k in range(6):
        angle = math.radians(turn + 60 * k)
        ends = [
            (x + r * math.cos(angle + b), y + r * math.sin(angle + b))
            for r, b in ((72, 0), (72, 1.05), (26, 1.3))
        ]
        parts.append(_shape(ends, side, 'opacity=".75"'))
    return [*parts, _circle(x, y, 22, "#fff", 'opacity=".85"')]


def curtain(dice, main, side):
    """Drama: a stage curtain, drawn apart."""
    parts = [_circle(dice.uniform(95, 145), dice.uniform(150, 205), 70, main, 'opacity=".35"')]
    for k in range(7):
        spread = 96 - k * 13 + dice.uniform(-3, 3)
        colour, opacity = (main, 0.85) if k % 2 else (side, 1)
        for edge, way in ((0, 1), (240, -1)):
            path = f"M{edge} 0 H{120 - way * (k * 13)} Q{edge + way * spread * 0.9:.0f} 120 "
            path += f"{edge + way * spread * 0.55:.0f} 226 H{edge} Z"
            parts.append(f'<path d="{path}" fill="{colour}" opacity="{opacity}"/>')
    return parts


def moon(dice, main, side):
    """Fantasy: a crescent among stars."""
    x, y = dice.uniform(80, 150), dice.uniform(85, 120)
    cut = f"M{x:.0f} {y - 58:.0f} a58 58 0 1 0 52 84 a46 46 0 1 1 -52 -84 Z"
    return [*_stars(dice, 60, side), f'<path d="{cut}" fill="{main}"/>']


def blinds(dice, main, side):
    """Film noir: light through blinds."""
    tilt = dice.uniform(-16, 16)
    slats = [_rect(-60, k * 22 - 40, 360, 11, main, 'opacity=".8"') for k in range(14)]
    lamp = _circle(dice.uniform(70, 170), 110, 66, side, 'opacity=".9"')
    return [lamp, f'<g transform="rotate({tilt:.0f} 120 110)">', *slats, "</g>"]


def trees(dice, main, side):
    """Horror: bare trees before a large moon."""
    parts = [_circle(dice.uniform(80, 160), 92, 62, main)]
    for _ in range(7):
        x, top = dice.uniform(4, 236), dice.uniform(20, 110)
        parts.append(_shape([(x - 5, 226), (x, top), (x + 5, 226)], side))
        for _ in range(4):
            y, way = dice.uniform(top + 14, 190), dice.choice([-1, 1])
            reach = dice.uniform(14, 34)
            parts.append(_shape([(x, y + 5), (x + way * reach, y - reach), (x, y)], side))
    return parts


def equaliser(dice, main, side):
    """Musical: bars of sound."""
    parts = []
    for k in range(12):
        height = 30 + 150 * abs(math.sin(k * 0.7 + dice.random()))
        colour = main if k % 3 else side
        parts.append(_rect(8 + k * 19, 206 - height, 12, height, colour, 'rx="5"'))
    return parts


def keyhole(dice, main, side):
    """Mystery: light through a keyhole."""
    x, r = dice.uniform(95, 145), dice.uniform(28, 34)
    halo = [_ring(x, 92, r + 18 * k, side, 2, f'opacity="{1 - k * 0.13:.2f}"') for k in range(1, 7)]
    foot = [(x - 12, 100), (x + 12, 100), (x + 27, 190), (x - 27, 190)]
    return [*halo, _circle(x, 92, r, main), _shape(foot, main)]


def pair(dice, main, side):
    """Romance: two circles that meet."""
    y, apart = dice.uniform(95, 125), dice.uniform(34, 46)
    both = [(120 - apart, main), (120 + apart, side)]
    discs = [_circle(x, y, 66, colour, 'opacity=".85"') for x, colour in both]
    return [*discs, *(_ring(120, y, 84 + 14 * k, main, 1.5, 'opacity=".5"') for k in range(5))]


def planet(dice, main, side):
    """Science fiction: a planet with its ring among stars."""
    x, y, r = dice.uniform(90, 150), dice.uniform(90, 125), dice.uniform(44, 60)
    tilt = f'transform="rotate({dice.uniform(-30, 30):.0f} {x:.0f} {y:.0f})"'
    ring = f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{r * 1.75:.0f}" ry="{r * 0.42:.0f}" fill="none"'
    ring += f' stroke="{side}" stroke-width="7" {tilt}/>'
    cap = f'<path d="M{x - r:.0f} {y:.0f} a{r:.0f} {r:.0f} 0 0 1 {2 * r:.0f} 0 Z" fill="{main}"'
    return [*_stars(dice, 70, "#fff"), _circle(x, y, r, main), ring, f"{cap} {tilt}/>"]


def spiral(dice, main, side):
    """Thriller: a spiral that draws one in."""
    x, y, turn, way = dice.uniform(100, 140), 112, dice.uniform(0, 6), dice.choice([-1, 1])
    parts = []
    for arm in range(6):
        edge = []
        for step in range(25):
            angle = way * (turn + arm * math.pi / 3 + step * 0.13)
            edge.append((x + step * 8 * math.cos(angle), y + step * 8 * math.sin(angle)))
        back = []
        for step in range(24, -1, -1):
            angle = way * (turn + arm * math.pi / 3 + step * 0.13 + 0.5)
            back.append((x + step * 8 * math.cos(angle), y + step * 8 * math.sin(angle)))
        parts.append(_shape([*edge, *back], side if arm % 2 else main, 'opacity=".85"'))
    return parts


def chevrons(dice, main, side):
    """War: chevrons, as on a sleeve."""
    x, n = dice.uniform(100, 140), dice.randint(3, 4)
    parts = [_rect(k * 30, 0, 15, 226, side, 'opacity=".35"') for k in range(8)]
    for k in range(n):
        y = 36 + k * 42
        points = [(x - 74, y + 44), (x, y), (x + 74, y + 44), (x + 74, y + 66)]
        parts.append(_shape([*points, (x, y + 22), (x - 74, y + 66)], main))
    return parts


def mesas(dice, main, side):
    """Western: a low sun over table mountains."""
    parts = [_circle(dice.uniform(70, 170), 126, 54, main)]
    parts += [_rect(0, y, 240, 2, main, 'opacity=".5"') for y in range(40, 180, 14)]
    for x, width, top in ((-10, 84, 128), (64, 56, 152), (150, 110, 116)):
        left = x + dice.uniform(-6, 10)
        points = [(left - 10, 226), (left + 4, top), (left + width - 4, top)]
        parts.append(_shape([*points, (left + width + 14, 226)], side))
    return [*parts, _rect(0, 196, 240, 30, side)]


def reel(dice, main, side):
    """No genre: a reel of film."""
    turn = dice.uniform(0, 60)
    parts = [_circle(120, 112, 86, main), _circle(120, 112, 14, side)]
    for k in range(6):
        angle = math.radians(turn + 60 * k)
        parts.append(_circle(120 + 52 * math.cos(angle), 112 + 52 * math.sin(angle), 19, side))
    return parts
