"""Words of British and American shoppers, and what a catalogue calls the same: trainers are sneakers there.

Each line of a table holds what is asked for, an arrow, and what finds the same, divided by commas; where there is no
arrow, each finds all of them. A phrase is found where all of its words stand. What is asked for in the singular is
also known in the plural, not the other way round: flats are shoes, flat is not.
"""

from __future__ import annotations

from functools import cache

from stylo.search.vocabulary import parts_of

# What somebody looks for.
_GARMENTS = """
jumper, sweater, pullover
cardi, cardigan → cardigan
hoody, hoodie, hooded sweatshirt, hooded top → hoodie
tee, t-shirt
tank, tank top, singlet → vest top, tank top
cami, camisole → camisole, cami, strappy top, strap top
polo, polo shirt → polo shirt
shirt dress → shirt dress, shirtdress
frock, gown → dress
sundress, summer dress → strappy dress, summer dress
lbd, little black dress → black dress
pinafore → dungaree dress, pinafore
pants, trousers, trouser, slacks → trousers
trouser suit, pantsuit → trouser suit, suit trousers
jean, denims → jeans, trousers denim
cords → corduroy trousers
jogger, sweatpants, tracksuit bottoms, jogging bottoms, track pants → joggers, sweatpants
tracksuit → joggers, sweatpants, tracksuit
bermudas, bermuda shorts → shorts
tights, pantyhose, hosiery, nylons → tights
jeggings, treggings → treggings, leggings
romper, playsuit
boiler suit, coveralls → boiler suit, jumpsuit
catsuit → jumpsuit
dungarees, bib overalls → dungarees
overalls → dungarees, overall
waistcoat, gilet, body warmer → waistcoat, gilet
blazer, suit jacket, sport coat, sports jacket → blazer
suit → suits, suit
tux, tuxedo, dinner jacket → tuxedo
puffer, puffa → puffer, padded
puffer jacket, puffa jacket, down jacket, padded jacket → puffer jacket, padded jacket
puffer coat, padded coat → padded coat, puffer coat, padded jacket
anorak, parka
windbreaker, windcheater, cagoule → windbreaker
raincoat, rain jacket, waterproof jacket → raincoat, rain jacket
mac, mackintosh, trench coat, trench → trenchcoat, trench
overcoat, topcoat → coat
shacket, overshirt, shirt jacket → shacket, overshirt, shirt jacket
knickers, panties, undies, underpants, briefs, brief → briefs, underwear bottom
boxers, boxer shorts, boxer briefs → boxer, boxers
swimming trunks, swim trunks, swim shorts, board shorts, boardshorts → swim shorts, swim trunks, swimwear bottom
swimsuit, swimming costume, swim suit, bathing suit, bathers, cozzie → swimsuit
brassiere, bra → bra
sarong → sarong
dressing gown, bathrobe, housecoat, robe → dressing gown, bathrobe, robe
nightdress, nightie, nightgown, nightshirt → nightdress, nightgown, nightshirt, night gown
pyjama, pajama, pjs, jammies, nightwear, sleepwear → pyjama
onesie, sleepsuit, babygro, babygrow, all-in-one → all-in-one, pyjama jumpsuit, onesie
bodysuit, body, babysuit → bodysuit, body
long johns, thermals → long john
stockings, hold-ups → stockings, hold-up
trainer socks, ankle socks, sneaker socks → trainer socks, ankle socks
"""
_SHOES_AND_ACCESSORIES = """
trainer, sneaker, plimsoll, gym shoe, tennis shoe, running shoe → sneakers
high heels, stilettos, heels, high heel → heels, pumps, heeled
court shoe → pumps
ballet flats, ballet pumps, ballet shoes, ballerinas, ballerina, dolly shoes → ballerinas
flats, flat shoe → flat shoes, ballerinas
flip flop → flip flop, flipflop
slides, sliders → slides, sliders, slippers
loafer → loafers, loafer
moccasin → moccasins, loafers
ankle boot, ankle bootie → ankle boots
wellies, wellie, wellingtons, wellington boots, rain boots, rubber boots → wellingtons, rainboot, rubber boots
house shoes, slipper → slippers
handbag → bag
bag → bag
rucksack, backpack, knapsack, school bag → backpack, back pack, rucksack
bumbag, bum bag, fanny pack, belt bag, waist bag → bumbag, belt bag, waist bag
tote, tote bag, shopper, shopping bag → shopper, tote bag
holdall, duffel bag, weekend bag, sports bag → weekend bag, gym bag, sports bag
clutch, evening bag → clutch bag, clutch
wallet, purse, coin purse, card holder → wallet, purse
necklace, necklet, neck chain → necklace
pendant → pendant necklace
choker → choker
earring → earring
bracelet, bangle → bracelet, bangle
ring → ring
jewellery, jewelry → necklace, earring, bracelet, ring
sunglasses, shades, sunnies → sunglasses
wristwatch, watch → watch
necktie, tie → tie
bow tie → bow tie
braces, suspenders → braces
beanie, bobble hat, woolly hat, knit hat, knitted hat → beanie
cap, baseball cap, snapback → cap
sun hat, straw hat → straw hat, hat brim
hat → hat
scarf, scarves, shawl, pashmina → scarf, shawl
snood, infinity scarf, tube scarf → tube scarf, snood
glove, mitten, mitts → gloves, mittens
scrunchie, hair bobble, hair tie, hair elastic → scrunchie, hair string, hair ties, hair elastic
headband, hairband, alice band → hairband, headband, alice band
hair clip, hair slide, hair grip, barrette, bobby pin, hairgrip → hair clip, hair slide, hair grip
brolly, umbrella → umbrella
costume, fancy dress, dressing-up → costumes, costume, fancy dress
soft toy, teddy bear, cuddly toy, stuffed animal, plush toy → soft toys
phone case, mobile case → mobile case
make-up, makeup, cosmetics → cosmetics
"""
_COLOURS = """
grey, gray → grey
navy, navy blue, midnight blue → dark blue
burgundy, maroon, bordeaux, oxblood → dark red
cream, ivory, ecru, off white → off white, cream, ivory
camel, tan → camel, dark beige, yellowish brown
brown → brown
nude, sand → beige
charcoal, anthracite → dark grey
rust, terracotta → dark orange
mustard → dark yellow
teal, petrol → dark turquoise, dark green
mint, mint green → light green, light turquoise
coral → light red, light orange
lilac, lavender → light purple, lilac
violet → purple
aubergine, plum → dark purple
olive, olive green, army green → greenish khaki, khaki green
fuchsia, hot pink, magenta, cerise → dark pink, cerise
blush, baby pink → light pink
baby blue, sky blue → light blue
bottle green, forest green, emerald → dark green
scarlet, crimson → red
aqua → turquoise
"""
# How it looks, and for whom it is: texts may tell that as well.
_LOOKS = """
polo neck, roll neck, turtleneck, mock neck → polo-neck, turtleneck, roll-neck, mock-neck
midi, calf-length, mid-length → midi, calf-length
maxi, ankle-length, full-length, floor-length → maxi, ankle-length
mini dress → short dress, mini dress
mini skirt, miniskirt → short skirt, mini skirt
multicoloured, multicolour, multicolored, multicolor, colourful, colorful → all over pattern, colour blocking
colour, color → colour
floral, flowery, flower, ditsy → floral, flower
polka dot, spotted, spotty, dotty, dotted → dot, spotted, polka
checked, check, checkered, chequered, plaid, tartan, gingham → check, checked, plaid, tartan, gingham
striped, stripy, stripey, stripe, pinstripe, pinstriped, breton → stripe, striped, pinstriped
leopard, leopard print, animal print → leopard, leopard-print, animal print
snakeskin, snake print → snakeskin, snake
sequin, sequinned, sequined → sequin, sequined
sparkly, glittery, glitter, sparkle, glittering → glitter, glittery, sparkly, glittering
metallic, shiny → metallic, shiny
lacy, lace → lace
silky → satin, silk
faux leather, fake leather, vegan leather, pleather, pu leather → imitation leather, faux leather
fake fur, faux fur → faux fur
sherpa, borg, teddy fleece, shearling → shearling, pile, teddy
woolly, woollen, woolen, wool → wool
embroidered, embroidery → embroidery, embroidered
knitted, knit → knit, knitted
women, woman, womens, ladies, lady, female → womens, ladies, ladieswear
men, man, mens, gents, gentlemen, male → mens, men, menswear
kid, children, child, childrens → kids, children
baby, toddler, infant → baby
swimwear, beachwear → swimwear, beachwear
underwear → underwear, lingerie
shoe, footwear → shoes
accessory → accessories
outdoor → outdoor
teen, teenager → young
maternity, pregnancy, pregnant → mama, pregnancy, maternity
breastfeeding, nursing → nursing
gym, workout, fitness, activewear, sportswear, athletic → sport, sports, training
xmas, christmas
workwear, office → tailoring
"""
_THINGS = (_GARMENTS, _SHOES_AND_ACCESSORIES, _COLOURS)
_SIBILANTS = ("s", "x", "sh", "ch")
#: So many words a phrase has at most.
LONGEST = 3
Phrase = tuple[str, ...]


def synonyms(asked: str) -> tuple[Phrase, ...]:
    """What finds the same as a word, or a phrase written as one; each the words of a phrase; empty if there is none."""
    return _table().get(asked, ())


def is_thing(asked: str) -> bool:
    """Whether a word with synonyms is that of a garment, of another thing, or of a colour."""
    return asked in _things()


def words_with_synonyms() -> frozenset[str]:
    return frozenset(_table())


@cache
def _table() -> dict[str, tuple[Phrase, ...]]:
    return _read(*_THINGS, _LOOKS)


@cache
def _things() -> frozenset[str]:
    return frozenset(_read(*_THINGS))


def _read(*tables: str) -> dict[str, tuple[Phrase, ...]]:
    table: dict[str, list[Phrase]] = {}
    for line in "".join(tables).strip().splitlines():
        if not line:
            continue
        asked, arrow, found = line.partition(" → ")
        phrases = [
            tuple(phrase.replace("-", "").split()) for phrase in (found if arrow else asked).split(", ")
        ]
        for each in asked.split(", "):
            for form in _numbers("".join(parts_of(each))):
                table.setdefault(form, []).extend(phrases)
    return {each: tuple(dict.fromkeys(phrases)) for each, phrases in table.items()}


def _numbers(word: str) -> tuple[str, ...]:
    """A word as it is written, and, of a singular, its plural as well."""
    if word.endswith("s"):
        return (word,) if not word.endswith("ss") else (word, word + "es")
    if word.endswith("y") and word[-2] not in "aeo":
        return (word, word[:-1] + "ies")
    return (word, word + ("es" if word.endswith(_SIBILANTS) else "s"))
