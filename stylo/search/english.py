"""Plain English words that shoppers write: each is meant as it is, however rare it is in a catalogue.

Only words near enough to others to be taken for a misspelling need to be here; words with synonyms are known anyway.
"""

from __future__ import annotations

_WORDS = """
about above across active adult after again all almost alpaca amber angel ankle anything applique april apron
aqua arm army around art asian asymmetric athletic august aunt autumn away back bad badge baggy balloon band
bandage bandana bandeau bar bare bargain barn baroque base basic basket bat bath beach bead beaded beads bear
beautiful bed bell belly below belt belted bend best better bib big bike biker bird birthday black blanket
bleach bleached blend block blond bloom blouse blue board boat bohemian bold bomber bone bootcut boots born
both bottle bottom bought bound bow box boxy boy braid braided brand brave bread breast breathable bridal
bride bridesmaid bright british broad brogue bronze brooch brother brown brush brushed bubble buckle bump
bunny burnt bust busy butter butterfly button buttoned buttons buy cable cafe calf calm camera camo camouflage
candy canvas cape capri car card care cargo carnival carpet case cashmere cast casual cat celebration chain
chair chambray champagne change cheap check cheer cheese chelsea cherry chest chic chiffon chinese chino
chinos chocolate chunky church circle city clasp class classic clean clear cloak clog clogs close closed cloth
clothes clothing cloud club coach coast coat coffee cold collar collarless collection college comb combat
comfort comfortable comfy cool copper coral cord corduroy cork corner corset cosy cotton country couple course
cover cowboy cowl cozy crab craft crease crepe crew crewneck crime crinkle crisp crochet crop cropped cross
crown cruise crush crystal cuff cuffed cuffs culottes cup curve curvy cut cute cycling daily daisy damask
dance dark date day deal decor deep deer delicate denim derby design designer detail diamond dinner dinosaur
disco distressed dog doll dolphin double down drape draped draw drawstring dream dress dressy drop dry duck
dusky dust dusty ear early easter easy edge eight elastic elasticated elbow elegant elephant eleven
embellished empire english evening event every everyday expensive extra eye eyelet fabric face fair faith fall
family fan fancy farm fashion fast father feather feathers felt female festival few fine finger fire first
fish fishnet fit fitted five fixed flame flannel flap flare flared flat flatform fleece flexible flip float
floaty floor flounce flow flowing fly foil fold folk foot for forest formal four fox frame free french fresh
friend frill frilled frilly fringe fringed frog from front fruit full fun funky funny fur fuzzy galaxy game
garden garment garter gathered gauze gems gentle genuine georgette ghost gift gingham girl girly glam glass
glow glue goat going gold golden golf good goth gothic grain grand grandad granny grape graphic grass great
green ground group grow grown guest guitar gym habit hair half hall halter halterneck hand handle handmade
happy hard harem hat head heart heat heavy heel height help hem hemp henley herringbone hidden high hip hippie
hold hole holiday home hood hooded hook hop horse hot hour house hug huge hunting ice icon indian indigo inner
inside invisible iron island jacquard jade jam japanese jazz jean jersey jewel jockey jog joggers joke judo
july june jungle keep key keyhole khaki kick kilt kimono kind king kiss knee knot knotted koala label laced
ladder lake lambswool lame land laptop large last late layer layered layers lead leaf league leather leg
length leopard leotard less letter life light lightweight lilac lime line lined linen liner lining lion lip
little live llama lobster local lock loden loose lounge love low lucky luggage luxury lycra lyocell machine
made magic magnolia main man mandarin many marble march marine mark married mask match matching mate material
matt matte mauve maxi may medium melange melon men merino mermaid mesh metal micro middle military milk mini
mink mirror mix mixed modal model modern modest mohair moleskin monster moon moss moth mother motif motorcycle
mountain mouse mouth much mud muff mule music muslin name nature neat neck neckerchief necklace necklaces neon
nest net never new nice night nine nobody notch nothing novelty nude number nylon oak occasion ocean old once
one only onyx opaque open optical orange orchid organic organza oriental outdoor outfit outside oval over
overalls oversized owl oxford pack padded page paint pair paisley palazzo pale palm panda panel panelled paper
paperbag parade park party pastel patch patchwork patent pattern patterned peach peacock peak peanut pear
pearl pearls pencil people peplum performance person pet petal peter petite photo piano pig pillow pilot pin
pine pineapple pink pipe piping pique pirate place plaid plain plait plane plant plastic platform play pleat
pleated pleats plum plus plush pocket pockets point pointed polar pole polish pony ponytail pool poor pop
poplin popper poppy port post pot pouch pound powder power prairie premium preppy present press pretty price
priest prince princess print printed prom puff puffed puffy pug pull pumpkin punk puppy pure purse purses push
quality queen quick quiet quilt quilted rabbit race racer racerback rack radio raffia raglan rail rain rainbow
rare raw rayon read ready real recycled red reef reflective regular relaxed reptile resin retro reversible rib
ribbed ribbon rich ride riding rigid rings rip ripped river road robe robot rock rocker roll romantic rope
rose rough round row royal rubber ruby ruched ruffle ruffled ruffles rugby run running safari sail sailor sale
salmon salt same sample sand santa sapphire sari satchel satin sauna save scallop scalloped scarf school scoop
scout scuba sea seal seam seamless season seat second secret see seersucker self sell selling set seven sewing
shade shaggy shape shaped shapewear shark sharp shaving shawl sheep sheer sheet shell shimmer shine shirred
shirt shirts shoe shoes shop shopping short shoulder show shower side sign silicone silk silver simple sister
six size skater skating ski skiing skin skinny skirt skirts skort skull sleeve sleeved sleeveless sleeves slim
sling slingback slip slit slogan slouch slouchy slow small smart smile smock smocked smocking smooth snake
snap snow snowboard snug sock socks soft sold sole solid some song space spaghetti spandex sparkle special
spice spider spike spiky spin split sport sports spot spring square stack stain stand star stars statement
steel stone storm straight straw strawberry stream street stretch stretchy string strong stud studded student
studs style stylish suede sugar suit suits sun sundress sunflower super surf swag swallow swan sweat swede
sweet swim swing table tail tailored tall tango tank tape tapered tassel tassels tattoo team tech teddy teen
ten tencel tennis terry test textured thermal thick thigh thin thing three thumb tie tied tiered tiers tiger
tight time tiny tip toe together toggle tonal tone top tops torn tortoise touch towel town toy track trail
train training transparent trapeze travel treasure tree trend trendy triangle tribal trim trip tropical true
tube tuck tulip tulle tummy tunic turban turn turtle tutu tweed twin twist twisted two ugly under underwired
unicorn uniform unique unisex unsold upper urban usual utility vampire vanilla variety vegan veil velour
velvet vent vest vests vintage viscose vneck volume waffle waist waistband walk walking wall warm warmer wash
washed waterproof wave wax waxed way wear weave web wedding week weekend weight west western wet whale wheat
white whole wide wild win wind window windproof wing wings winter wire wired wireless witch wolf wood wooden
woodland word work worker world worn woven wrap wrapped wrinkle wrist yacht yarn year yellow yoga yoke young
youth zebra zero zip zipped zipper zipup zodiac
"""

_OCCASIONS = """
adventure afternoon ankles anniversary apparel armpits arms athletics attire aunt autumn babies baby bachelor
bachelorette back badminton ball ballet ballroom banquet baptism bar barbecue baseball basketball bath beach bedroom
bedtime belly birth birthday boat body boho boss bottom bowling boxing boy boyfriend boys breastfeeding breezy bridal
bride bridesmaid brother brunch business cabin cafe camping campus career carnival casino casual celebration ceo
ceremony chest chic child children chilly christening christmas church cinema city class classroom classy client
clients climbing cloth clothes clothing club cocktail coffee cold colleague colleagues college comfort comfortable
communion commute commuting concert conference confirmation cooking cool cosy cottage couch countryside court courtroom
cousin cricket cruise curvy cute cycling dad daily dance dancing daughter dawn daytime desert dinner disco diwali dog
dressy driving dry ears easter edgy elegance elegant engagement evening evenings event everyday exam eyes face family
farewell fashion fashionable father feet festival festive fingers fireplace fishing fitness flattering flight flying
football forest formal freezing friday friend friends frost funeral gala garden gardening garment garments getaway gift
girl girlfriend girls glamorous golf graduation grandad grandchild granddaughter grandfather grandma grandmother
grandson groom guest guests gym gymnastics hail halloween hands hangover hanukkah head heat heatwave hen hike hiking
hills hips hobby hockey holiday holidays home honeymoon hospital hot hotel housewarming humid hunting husband ice
informal interview island jogging journey kayaking kids kindergarten ladies lady lake layer layers lazy lecture legs
leisure look lounge lounging lunch mall man manager marathon market massage maternity meeting men midnight mild
minimalist modest monday morning mornings mother mountain mountains mud muddy mum museum nap neck nephew newborn niece
night nightclub nights noon nursery nursing occasion office opera outdoor outdoors outfit outfits outing
painting parents party petite photo picnic pilates plane playground plus pool pregnancy pregnant premiere preppy
present presentation professional prom pub pyjamas races rain rainy ramadan reception relatives relax relaxing resort
restaurant retro reunion riding river romantic rowing rugby run running safari sailing saturday school sea seaside
season semi sexy ship shoulders shower sister skating skiing sledding sleep sleeping slim smart snow snowboarding
snowing snowy sofa son spa speech sport sports sporty spring stag staycation stomach storm stormy stroll student style
styles stylish summer sun sunbathing sunday sunny sunshine surfing swim swimming tall tea teenager teenagers tennis
thanksgiving theater theatre thursday toddler tonight town train travel travelling trendy trip trips
tropics tuesday tummy twins uncle uniform university vacation valentine valentines vintage visit visiting volleyball
waist walk walking wander warm wear wearing weather wedding wednesday weekday weekdays weekend wet wife wind windy
winter woman women woods work working workout workplace worn yacht yoga zoo
"""
#: What people dress for: places, people, weather, doings, the body. How near a query is to these tells whether it asks
#: for something to wear.
OCCASIONS = frozenset(_OCCASIONS.split())
KNOWN = frozenset(_WORDS.split()) | OCCASIONS

_GENERAL = """
i me my you your he him his she her we us our they them their who whom which what that this these those some any
something anything everything someone be am are was were being been have has had do does did will would can could
should may might must not no so too very really just also than then there here when where how why while if as into
onto about like want wants wanted need needs needed look looking looks find search show get buy wear wears wearing
worn put go goes going take takes make makes clothes clothing cloth outfit outfits garment garments apparel attire
stuff thing things item items piece pieces article articles product products fashion style styles
"""
#: Words with which shoppers ask, and which tell nothing of what is asked for.
GENERAL_WORDS = frozenset(_GENERAL.split())
