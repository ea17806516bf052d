"""Short facts the embedded model is taught beside the predefined questions. Data only; all written for Tokenlap."""

CAPITALS: dict[str, str] = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Portugal": "Lisbon",
    "Norway": "Oslo", "Sweden": "Stockholm", "Finland": "Helsinki", "Denmark": "Copenhagen", "Poland": "Warsaw",
    "Austria": "Vienna", "Hungary": "Budapest", "Greece": "Athens", "Ireland": "Dublin", "Belgium": "Brussels",
    "Japan": "Tokyo", "China": "Beijing", "India": "New Delhi", "Egypt": "Cairo", "Kenya": "Nairobi",
    "Canada": "Ottawa", "Cuba": "Havana", "Peru": "Lima", "Chile": "Santiago", "Brazil": "Brasilia",
    "Turkey": "Ankara", "Iran": "Tehran", "Vietnam": "Hanoi", "Thailand": "Bangkok", "Iceland": "Reykjavik",
}

# Each word is also asked the other way round, so no word may occur twice.
OPPOSITES: list[tuple[str, str]] = [
    ("hot", "cold"), ("big", "small"), ("fast", "slow"), ("up", "down"), ("left", "right"),
    ("day", "night"), ("old", "new"), ("open", "closed"), ("happy", "sad"), ("hard", "soft"),
    ("full", "empty"), ("light", "dark"), ("long", "short"), ("high", "low"), ("wet", "dry"),
    ("rich", "poor"), ("early", "late"), ("loud", "quiet"), ("strong", "weak"), ("true", "false"),
    ("first", "last"), ("good", "bad"), ("near", "far"), ("thick", "thin"),
]

COLOURS: dict[str, str] = {
    "grass": "green", "snow": "white", "coal": "black", "blood": "red", "a lemon": "yellow",
    "milk": "white", "the sky": "blue", "a carrot": "orange", "a banana": "yellow", "chocolate": "brown",
    "a tomato": "red", "an elephant": "grey", "a leaf": "green", "the night": "black", "a plum": "purple",
}

WORDS_TO_REVERSE: list[str] = [
    "token", "stressed", "lamp", "stone", "river", "table", "cloud", "mouse", "bread", "house",
    "light", "plant", "water", "music", "tiger", "paper", "chair", "apple", "green", "night",
    "star", "moon", "tree", "fish", "bird", "door", "book", "hand", "rain", "wolf",
    "cat", "dog", "sun", "sea", "net", "pan", "top", "leg", "map", "box",
]

# Question, right answer, wrong answers.
CHOICES: list[tuple[str, str, tuple[str, str, str]]] = [
    ("Which planet is the largest?", "Jupiter", ("Mars", "Venus", "Earth")),
    ("Which planet is closest to the Sun?", "Mercury", ("Mars", "Saturn", "Earth")),
    ("Which phase writes one token at a time?", "decode", ("load", "prefill", "warm-up")),
    ("Which phase reads the prompt?", "prefill", ("load", "decode", "warm-up")),
    ("Which number is the smallest?", "3", ("5", "7", "9")),
    ("Which number is even?", "8", ("3", "5", "7")),
    ("Which animal can fly?", "bird", ("dog", "fish", "cat")),
    ("Which animal lives in water?", "fish", ("dog", "bird", "cat")),
    ("Which gas do we breathe?", "oxygen", ("neon", "helium", "argon")),
    ("Which ocean is the largest?", "Pacific", ("Atlantic", "Indian", "Arctic")),
    ("Which one is a fruit?", "apple", ("chair", "lamp", "stone")),
    ("Which format has the fewest bits?", "Q4_0", ("F32", "F16", "Q8_0")),
]

DEFINITIONS: dict[str, str] = {
    "What is TTFT?": "TTFT is short for time to first token.",
    "What is latency?": "Latency is the time from a request to its answer.",
    "What is throughput?": "Throughput is how many tokens are written per second.",
    "What is greedy decoding?": "Greedy decoding always takes the most likely next token.",
    "What is a prompt?": "A prompt is the text that a model is asked to answer.",
    "What is a weight?": "A weight is one of the numbers that a model has learnt.",
    "What is a batch?": "A batch is a group of requests that are computed together.",
    "What is perplexity?": "Perplexity tells how surprised a model is by a text. Lower is better.",
    "What is memory bandwidth?": "Memory bandwidth is how many bytes per second can be read from memory.",
    "What is GGUF?": "GGUF is the file format in which llama.cpp stores models.",
    "What is a benchmark?": "A benchmark is a test that is repeated to compare speeds.",
    "What is a warm-up?": "A warm-up is a run that is not counted.",
    "What is a context?": "The context is all the tokens that a model can see.",
    "What is Tokenlap?": "Tokenlap measures how fast frameworks run language models.",
}

SCIENCE: dict[str, str] = {
    "What is the largest planet?": "Jupiter",
    "What is the smallest planet?": "Mercury",
    "What is the red planet?": "Mars",
    "How many legs has a spider?": "8",
    "How many legs has an insect?": "6",
    "How many days has a week?": "7",
    "How many months has a year?": "12",
    "How many hours has a day?": "24",
    "How many sides has a triangle?": "3",
    "What is frozen water called?": "ice",
    "What do bees make?": "honey",
    "What do cows drink?": "water",
    "What does a magnet attract?": "iron",
    "Which gas do plants take in?": "carbon dioxide",
    "Which star is closest to the Earth?": "the Sun",
    "At how many degrees does water boil?": "100",
    "At how many degrees does water freeze?": "0",
    "What is the chemical symbol of gold?": "Au",
    "What is the chemical symbol of iron?": "Fe",
    "What is H2O?": "water",
}

NAMES: list[str] = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Iris", "Jonas", "Lena", "Max"]
