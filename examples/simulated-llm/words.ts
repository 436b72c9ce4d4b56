// Words as the simulated LLM sees them: split, cut to a stem, and weighed by how rare they are in everyday English.

/** Endings cut from a word, each only where four letters stay. */
const ENDINGS = ["ations", "ation", "ment", "ions", "ion", "ing", "ers", "er", "ed", "ly"];

/** Words that carry no subject, and those that instructions are made of. */
const EMPTY_WORDS = new Set(
  `a about after again all also although am an and any are as at back be because been before being both but by can
  could did do does doing done down each either else ever every few for from further get gets getting go goes going gone
  got had has have having he her here hers him his how i if in into is it its itself just let like ll many may me might
  mine more most much must my myself no nor not now of off ok on one only or other our ours out over own per please
  quite rather re really s same she should since so some still such t than that the their theirs them then there these
  they this those though through thus to too under until up upon us ve very was way we well were what when where whether
  which while who whose why will with within without would yes yet you your yours hi hello thanks thank kindly
  don doesn didn isn wasn aren won couldn wouldn cannot
  answer answers category categories choose class classify customer customers describe describes directly example
  examples following give given intent intents label labels list mention mentions mentioned message messages
  name output pick query reply request respond response sort talk talks text ticket tickets word words write writes says say
  use instead always never carefully best single task classification`.split(/\s+/),
);

/** Words that are met everywhere: a hint at most. */
const COMMON_WORDS = new Set(
  `able accept accepted account add agree agreed another app arrive ask asked become been believe better bring button
  buy call came card cause change changed check choice come company could daily date day days different easy email end
  enough error even evening everything explain fact far fault find first five found four free friend full good great
  happen happened hard help high home hour hours house idea issue keep know last late later leave left less life little
  live long longer look looking lot made make makes making man mean means mistake money month months morning most need
  needs new news next nothing number old online open option order ordered orders page part pay paid person phone place
  possible price problem put question ready reason receive received right said second see seem seems seen send sent
  service set shop show shown shows sign signed simply six small something soon state step stop store support sure
  system take taken takes team tell ten thing things think third three time times today told tomorrow too took tried
  try trying turn two understand used using want wanted week weeks went work working works world wrong year years
  yesterday website work want bank actually allow appear around ask aware basically begin bit certain come common
  complete concern confuse correct currently deal didnt dont early entire exact experience figure fine forward general
  gonna guess hasn haven hear hold hope important inform information instead kind lately local main maximum morning
  near necessary normal note notice obvious occur past perhaps place plan point prefer present previous prior probably
  process properly provide quick recent regular request require resolve run saw say several short situation slow somehow
  somewhere speak specific speed start stuff suppose surely talk think thru total towards trouble unable usual via
  wait wanna watch way whole wish wonder worry
  monday tuesday wednesday thursday friday saturday sunday weekend january february march april june july august
  september october november december hundred thousand eight nine twice once
  mother father daughter son sister brother husband wife parent child colleague neighbour boss baby birthday wedding
  red green blue white black grey dark left middle top bottom side front shoe shirt dress jacket book table chair lamp
  bag glass bottle watch laptop tablet headphone phone computer machine house car train town city street
  sad happy angry upset sorry urgent lovely gift present travel holiday rent lunch eat drink food water
  according across already attach attached beyond both chat agent couple directly during far inside instance
  neither nobody none otherwise outside sit still straight since together unless whatever
  afternoon tonight minute second moment hurry soon yearly weekly annual
  reach read write wrote written type typed tap click press show ask answer tell told ring rang met meet
  save spend spent stand stay build built grow follow fill finish gave
  begin brought catch caught carry cut draw drop fall fell hit hurt join kept laid lead lend lie pass pull push
  raise rise sell shut sleep teach throw wear win`
    .split(/\s+/)
    .map(stem),
);

/** The words of a text in lower case, split at everything that is no letter or digit. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** A word cut to a stem, lightly: `charges`, `charged` and `charging` agree, `delete` and `deletion` too. */
export function stem(word: string): string {
  const singular = withoutPlural(word);
  for (const ending of ENDINGS) {
    if (singular.endsWith(ending) && singular.length - ending.length >= 4) {
      return undoubled(singular.slice(0, -ending.length));
    }
  }
  return undoubled(singular.length > 4 && /[ey]$/.test(singular) ? singular.slice(0, -1) : singular);
}

function withoutPlural(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 3 && word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

function undoubled(word: string): string {
  const last = word.at(-1);
  return word.length > 3 && last === word.at(-2) && last !== "s" && last !== "e" ? word.slice(0, -1) : word;
}

/** How much a word says, from 0 to 1. */
export function weightOf(word: string): number {
  if (EMPTY_WORDS.has(word) || word.length < 2 || /^\d+$/.test(word)) return 0;
  return COMMON_WORDS.has(stem(word)) ? 0.35 : 1;
}

/** Contents of texts read lately: the same examples come up thousands of times. */
const contents = new Map<string, ReadonlyMap<string, number>>();
const REMEMBERED = 5_000;

/** The telling words of a text by stem, each with its weight. */
export function contentOf(text: string): ReadonlyMap<string, number> {
  const known = contents.get(text);
  if (known) return known;
  if (contents.size >= REMEMBERED) contents.clear();
  const content = read(text);
  contents.set(text, content);
  return content;
}

function read(text: string): Map<string, number> {
  const content = new Map<string, number>();
  for (const word of wordsOf(text)) {
    const weight = weightOf(word);
    if (weight > 0) content.set(stem(word), weight);
  }
  return content;
}
