/** Words that a turn does not end with, and some that it does, by language. Written as people write them. */
import { ofLanguage, phrasesOf } from './endpointing-tail.ts';

interface Lists {
  /** Something follows: "and", "because". */
  conjunction: string;
  /** The caller is thinking: "um", "I mean". */
  filler: string;
  preposition: string;
  /** Articles and possessives: a noun follows. */
  determiner: string;
  /** The beginning of a sentence: "my name is", "I'd like". */
  stub: string;
  /** Endings that look like one of the above and are none: "I think so", "as well". */
  closed: string;
  /** Turns that are finished as they stand; several in a row too. */
  complete: string;
  /** First words of questions, which may well end in a preposition: "what is it for". */
  question: string;
  /** Said between letters: "A as in Anna", "double L". */
  spelling: string;
  /** What is read out in digits: "my number is 415". */
  numbered: string;
  digits: string;
}

export type Trailing = (typeof TRAILING)[number];

export interface EndingWords {
  /** By the phrase at the end; the longest counts. */
  trailing: ReadonlyMap<string, Trailing>;
  complete: ReadonlyMap<string, true>;
  question: ReadonlySet<string>;
  spelling: ReadonlySet<string>;
  numbered: ReadonlySet<string>;
  digits: ReadonlySet<string>;
}

/** The words of a language, English where it is not known. */
export function endingWords(language: string): EndingWords {
  return ofLanguage(WORDS, language);
}

const LISTS = {
  en: {
    conjunction:
      'and, or, but, because, cause, if, so, unless, although, while, whether, nor, plus, except, whereas, and then, but then, so that, in case, even if, as long as, or else',
    filler:
      "um, umm, uhm, uh, er, erm, hmm, well, like, I mean, you know, basically, kind of, sort of, let's say, I don't know if, how do I say",
    preposition:
      'of, to, for, with, from, at, by, in, on, into, onto, about, between, until, till, than, as, per, via, during, against, towards, toward, without, near, after, next to, out of, up to, instead of, because of',
    determiner: 'a, an, the, my, your, our, their, his, every, very, next, the next, such a',
    stub: "is, are, was, were, am, I, I'm, I've, I'll, I'd, we're, we'd, we've, it's, its, that's, there's, he's, she's, they're, you're, let's, gonna, wanna, I would, I want, I need, I would like, I'd like, we'd like, I'd rather, I have, I've got, I just, I also, can you, could you, would you, will you, can I, could I, may I, do you, do you have, is there, are there, tell me, give me, my name, my number, my address, my email, my date of birth, the thing is, the problem is, I was wondering, I was hoping, I am calling, I'm calling, I'm trying, I'm looking, the reason, should be, would be, which, who, whose",
    closed:
      "I think so, I guess so, I hope so, I believe so, don't think so, or so, and so on, or not, as well, very well, pretty well, quite well, doing well, you like, I like, look like, looks like, sounds like, what it's like, come on, go on, carry on, move on, later on, from now on, log on, log in, sign in, come in, check in, opt in, drop in, book in, fill in, move in, I'd love to, I'd like that, happy to, want me to, you want to, if you want, forget about it, it is, I am, we are, they are, it was, I was, he is, she is, that is, they were, we were, what's next, who's next, I do, I would please, whatever it is, is that so, look after, you and I, think of, heard of, deal with, worry about, what for, my ID, your ID, the ID, an ID, customer ID, I'm ill, feeling ill, been ill, is ill",
    complete:
      "yes, no, yeah, yep, yup, nope, nah, sure, okay, ok, alright, all right, fine, please, yes please, thanks, thank you, no thanks, no thank you, thank you very much, thank you so much, thanks a lot, goodbye, good bye, bye, bye bye, see you, that's all, that's it, that's everything, that is all, that will be all, that'll be all, nothing, nothing else, nothing more, correct, right, exactly, hello, hi, hey, good morning, good afternoon, good evening, go ahead, never mind, that's right, that's correct, that's fine, that's wrong, I'm done, of course, absolutely, definitely, certainly, not really, not at all, not yet, I think so, I don't think so, I guess so, me too, sounds good, perfect, great, wonderful, I do, I am, I don't, I'm not, it is, it isn't, I don't know, I'm not sure, no idea, have a nice day, have a good day, have a good one, you too, same to you, all good, no problem, I see, got it, repeat that, say that again, sorry, help, operator, stop, of course not, I did, I didn't, I would, not today, maybe later",
    question: 'what, where, who, which, whom, how, when, why, whats, wheres, whos, hows',
    spelling: 'as in, like in, is in, double, capital, hyphen, dash, apostrophe, underscore, dot, at sign',
    numbered:
      'address, street number, house, flat, apartment, room, suite, number, phone, mobile, cell, account, code, reference, zip, pin, card, order, digits, extension, id, policy, confirmation, tracking',
    digits: 'zero, oh, o, one, two, three, four, five, six, seven, eight, nine, double, triple, treble',
  },
  es: {
    conjunction:
      'y, e, o, u, pero, porque, pues, y si, pero si, que si, aunque, que, cuando, mientras, sino, ni, además, entonces, como, para que, así que, o sea, ya que',
    filler: 'eh, em, mmm, hmm, pues, a ver, digamos, o sea, es decir, la verdad',
    preposition:
      'a, al, de, del, en, con, por, para, sin, sobre, entre, hasta, desde, hacia, según, contra, durante, antes de, después de, cerca de, además de',
    determiner:
      'el, la, los, las, un, una, unos, unas, mi, mis, su, sus, tu, nuestro, nuestra, cada, muy, próximo, próxima',
    stub: 'es, son, soy, está, están, estoy, era, sería, me llamo, mi nombre, mi nombre es, mi número, mi número es, quiero, quisiera, quería, me gustaría, necesito, tengo, tengo que, hay, puede, puedo, podría, podrías, yo, vamos a, voy a, se llama, dígame, deme, le llamo, estoy llamando',
    closed:
      'creo que sí, creo que no, claro que sí, claro que no, por supuesto que sí, por supuesto que no, eso sí, que sí, que no, eso es, así es, ya está, aquí está, lo que hay, sí quiero, no quiero, no tengo, no puedo, sí puedo, ya lo tengo, si puede, lo es, sí es, no es, qué hora es, yo también, para qué, por qué, con quién',
    complete:
      'sí, no, claro, vale, bueno, de acuerdo, por favor, sí por favor, gracias, muchas gracias, no gracias, adiós, hasta luego, hasta pronto, eso es todo, nada más, nada, correcto, exacto, exactamente, hola, buenos días, buenas tardes, buenas noches, así es, eso es, está bien, perfecto, por supuesto, creo que sí, creo que no, no sé, no lo sé, no estoy seguro, no estoy segura, ya está, entiendo, genial, claro que sí, claro que no, quizás, tal vez, igualmente, perdón, ayuda, dígame, qué, cómo',
    question: 'que, donde, quien, cual, como, cuando, cuanto, cuantos, cuantas, adonde',
    spelling: 'de, como en, doble, guion, mayúscula, arroba, punto',
    numbered:
      'número, teléfono, móvil, cuenta, código, referencia, postal, pin, tarjeta, pedido, extensión, dni',
    digits: 'cero, uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve',
  },
  fr: {
    conjunction:
      'et, ou, mais, parce que, car, donc, si, que, qui, quand, lorsque, puisque, comme, alors, puis, ni, sinon, et puis, ou bien, pour que, alors que, tandis que, dont, où',
    filler: "euh, heu, hum, hmm, ben, bah, bon ben, enfin, disons, en fait, c'est-à-dire, du coup, voyons",
    preposition:
      "à, au, aux, de, du, des, en, dans, avec, pour, par, sans, sur, sous, chez, entre, jusqu'à, jusqu'au, depuis, vers, pendant, contre, avant de, près de, afin de, à partir de",
    determiner:
      'le, la, les, un, une, mon, ma, mes, votre, vos, notre, nos, son, sa, ses, leur, chaque, ce, cet, cette, très, prochain',
    stub: "c'est, est, sont, suis, je, je suis, il est, elle est, ce sera, ce serait, j'ai, j'aimerais, je voudrais, je veux, je souhaite, j'aurais, il y a, je m'appelle, mon nom, mon nom est, mon numéro, mon numéro est, est-ce que, pouvez-vous, pourriez-vous, puis-je, je peux, je vais, on, nous, vous, on est, dites-moi, donnez-moi, j'appelle, je vous appelle, il faut, l'adresse est, il me faudrait",
    closed:
      "je crois que oui, je pense que oui, je crois que non, je pense que non, bien sûr que oui, bien sûr que non, ça y est, c'est bon, là où, vers où, ainsi de suite, c'est tout, je suis là, pour qui, avec qui, où est-ce, et vous, chez vous, merci à vous, si vous voulez, je le veux, on y va, il l'est, je le suis, quelle heure il est, à vous, pour vous, avec vous, pour nous, avec nous, chez nous",
    complete:
      "oui, non, ouais, d'accord, bien sûr, ok, okay, s'il vous plaît, oui s'il vous plaît, merci, non merci, merci beaucoup, merci bien, au revoir, à bientôt, bonne journée, bonne soirée, c'est tout, rien, rien d'autre, exact, exactement, correct, tout à fait, voilà, bonjour, bonsoir, allô, c'est ça, c'est bon, c'est bien ça, parfait, très bien, absolument, pas du tout, pas vraiment, je ne sais pas, je sais pas, aucune idée, peut-être, je crois, je pense que oui, je crois que oui, bien sûr que non, ça marche, entendu, je comprends, je vois, pardon, aide, vous aussi, à vous aussi, volontiers",
    question:
      'que, quoi, ou, qui, quel, quelle, quels, quelles, comment, quand, pourquoi, combien, lequel, laquelle',
    spelling: 'comme, comme dans, double, deux fois, tiret, arobase, point, apostrophe, majuscule',
    numbered:
      'numéro, téléphone, portable, compte, code, référence, postal, pin, carte, commande, poste, dossier',
    digits: 'zéro, un, deux, trois, quatre, cinq, six, sept, huit, neuf',
  },
  de: {
    conjunction:
      'und, oder, aber, weil, denn, wenn, dass, ob, sondern, falls, obwohl, während, damit, sowie, beziehungsweise, bevor, nachdem, und dann, sodass, welche, welcher, entweder, weder',
    filler:
      'äh, ähm, öh, hm, hmm, tja, naja, na ja, halt, sozusagen, quasi, sagen wir, sagen wir mal, ich meine, also',
    preposition:
      'am, im, in, bei, beim, mit, nach, von, vom, zum, zur, für, gegen, ohne, um, bis, über, unter, zwischen, wegen, seit, per, hinter, neben, bis zum, als, wie',
    determiner:
      'der, die, den, dem, des, ein, eine, einen, einem, einer, mein, meine, meinen, meiner, meinem, Ihr, Ihre, Ihren, unser, unsere, jeder, jeden, sehr, nächste, nächsten, nächster, kein, keine, keinen',
    stub: 'ist, sind, war, wäre, bin, ich, ich bin, ich hab, ich habe, ich hätte, ich hätte gern, ich hätte gerne, ich möchte, ich würde, ich würde gern, ich würde gerne, ich will, ich wollte, ich brauche, ich muss, es, es ist, das ist, das wäre, mein Name, mein Name ist, meine Nummer, meine Nummer ist, die Nummer ist, ich heiße, können Sie, könnten Sie, kann ich, könnte ich, gibt es, haben Sie, wir, wir sind, wir haben, sagen Sie mir, geben Sie mir, ich rufe, lautet, das Problem ist',
    closed:
      'oder so, oder nicht, und so weiter, oder was, worum geht es, wie viel Uhr es ist, ich bin es, so ist es, das ist es, bin ich, das bin ich, ja habe ich, das war es, ich nehme es, ich komme mit, trage mich ein, tragen Sie mich ein, das war, das ist, ist gut so, wenn es geht, ich mag es, mache ich, das mache ich',
    complete:
      'ja, nein, nee, doch, klar, okay, ok, gut, sehr gut, bitte, ja bitte, danke, vielen Dank, danke schön, nein danke, dankeschön, tschüss, auf Wiederhören, auf Wiedersehen, bis dann, bis bald, das ist alles, das war alles, das wars, nichts, nichts mehr, sonst nichts, richtig, genau, stimmt, korrekt, hallo, guten Tag, guten Morgen, guten Abend, in Ordnung, alles klar, einverstanden, natürlich, selbstverständlich, gerne, gern, auf jeden Fall, auf keinen Fall, ich glaube schon, ich glaube nicht, ich denke schon, eher nicht, keine Ahnung, weiß ich nicht, ich weiß nicht, vielleicht, perfekt, super, passt, kein Problem, verstehe, ich verstehe, verstanden, das stimmt, das passt, Entschuldigung, Hilfe, schönen Tag noch, ebenfalls, gleichfalls',
    question:
      'was, wo, wer, wen, wem, welche, welcher, welches, wie, wann, warum, woher, wohin, worum, wieviel, wofür',
    spelling: 'wie, wie in, doppel, Bindestrich, Strich, Punkt, Klammeraffe, groß',
    numbered:
      'Nummer, Telefonnummer, Handynummer, Handy, Konto, Kontonummer, Code, Postleitzahl, PIN, Karte, Kundennummer, Bestellnummer, Vorwahl, Durchwahl',
    digits: 'null, eins, zwei, zwo, drei, vier, fünf, sechs, sieben, acht, neun',
  },
  it: {
    conjunction:
      'e, ed, o, oppure, ma, però, perché, se, che, quando, mentre, quindi, anche se, né, siccome, dato che, invece, cioè, poi, e poi, come',
    filler: 'ehm, eh, mmm, hmm, allora, dunque, beh, be, insomma, diciamo, vediamo, tipo',
    preposition:
      'di, a, da, in, con, su, per, tra, fra, al, allo, alla, alle, ai, del, dello, della, dei, delle, dal, dalla, dalle, nel, nella, sul, sulla, fino a, verso, senza, prima di, oltre',
    determiner:
      'il, lo, la, i, gli, le, un, uno, una, mio, mia, miei, il mio, la mia, suo, sua, nostro, nostra, ogni, molto, prossimo, prossima',
    stub: 'è, sono, sarebbe, era, ho, ho bisogno, vorrei, voglio, mi chiamo, il mio nome, il mio nome è, il mio numero, il mio numero è, il numero è, io, può, posso, potrebbe, potrei, c’è, ci sono, mi piacerebbe, devo, dovrei, mi dica, mi dia, sto chiamando, sto cercando',
    closed:
      'credo di sì, penso di sì, credo di no, penso di no, dico di sì, di no, di sì, lo è, sì lo è, che ora è, che ore sono, anche io, anche la mia, così è, per che, con chi, non lo so, dov’è',
    complete:
      'sì, no, certo, va bene, ok, okay, per favore, sì per favore, sì grazie, grazie, grazie mille, no grazie, arrivederci, ciao, buona giornata, buonasera, buongiorno, pronto, è tutto, nient’altro, niente, basta così, esatto, esattamente, corretto, giusto, perfetto, d’accordo, certamente, assolutamente, non lo so, non so, non sono sicuro, non sono sicura, forse, credo di sì, penso di sì, credo di no, capisco, ho capito, così è, scusi, aiuto, altrettanto, volentieri, come, che cosa',
    question:
      'che, cosa, dove, chi, quale, quali, come, quando, perche, quanto, quanti, quante, dove, quanta',
    spelling: 'come, come in, di, doppia, trattino, chiocciola, punto, maiuscola',
    numbered:
      'numero, telefono, cellulare, conto, codice, riferimento, cap, pin, carta, ordine, interno, pratica',
    digits: 'zero, uno, due, tre, quattro, cinque, sei, sette, otto, nove',
  },
  pt: {
    conjunction:
      'e, ou, mas, porque, pois, se, que, quando, enquanto, embora, então, como, nem, porém, já que, para que, assim que, e depois, caso, ou seja',
    filler: 'hã, hum, hmm, ahn, tipo, quer dizer, digamos, ora, vamos ver',
    preposition:
      'a, ao, aos, à, às, de, do, da, dos, das, em, no, na, nos, nas, com, por, pelo, pela, para, pra, sem, sobre, entre, até, desde, contra, antes de, depois de, perto de',
    determiner:
      'o, a, os, as, um, uma, uns, umas, meu, minha, o meu, a minha, meus, minhas, seu, sua, nosso, nossa, cada, muito, próximo, próxima',
    stub: 'é, são, sou, está, estou, era, seria, eu, eu sou, eu quero, quero, queria, eu queria, gostaria, eu gostaria, eu gostaria de, preciso, tenho, me chamo, chamo-me, meu nome, meu nome é, o meu nome é, meu número, meu número é, o número é, pode, posso, poderia, tem, há, vou, eu vou, me diga, estou ligando, estou a ligar',
    closed:
      'acho que sim, acho que não, creio que sim, creio que não, claro que sim, claro que não, que sim, que não, isso é, isso é tudo, é isso, já está, que horas são, sim é, sim sou, sim quero, não quero, não tenho, sim tenho, sim pode, não pode, eu também, com quem, por quê, muito bem, está bem, tudo bem, tudo bom, não está',
    complete:
      'sim, não, claro, está bem, tá bom, tá, certo, ok, okay, por favor, sim por favor, obrigado, obrigada, muito obrigado, muito obrigada, não obrigado, não obrigada, tchau, adeus, até logo, até mais, é só isso, só isso, é tudo, mais nada, nada, correto, exato, exatamente, isso, isso mesmo, olá, alô, oi, bom dia, boa tarde, boa noite, perfeito, com certeza, claro que sim, claro que não, acho que sim, acho que não, não sei, não tenho certeza, talvez, entendi, entendo, tudo bem, pode ser, desculpe, ajuda, igualmente, como, quê, o quê',
    question: 'que, onde, quem, qual, quais, como, quando, porque, quanto, quantos, quantas, aonde',
    spelling: 'de, como em, duplo, hífen, traço, arroba, ponto, maiúscula',
    numbered:
      'número, telefone, celular, telemóvel, conta, código, referência, cep, pin, cartão, pedido, ramal, cpf',
    digits: 'zero, um, dois, três, quatro, cinco, seis, meia, sete, oito, nove',
  },
  nl: {
    conjunction:
      'en, of, maar, want, omdat, als, dat, terwijl, hoewel, dus, toen, zodat, indien, tenzij, noch, en dan, ofwel, voordat, nadat, doordat, sinds',
    filler: 'eh, ehm, uh, uhm, um, hmm, nou, nou ja, tja, zeg maar, laten we zeggen, ik bedoel',
    preposition:
      'in, van, voor, met, bij, naar, tot, onder, tussen, zonder, tegen, per, rond, na, te, ten, ter, sinds, vanaf, binnen',
    determiner: 'de, het, een, mijn, m’n, uw, jouw, onze, elke, iedere, zeer, erg, volgende, geen',
    stub: 'is, zijn, was, ben, ik, ik ben, ik heb, ik wil, ik wil graag, ik zou, ik zou graag, ik wou, ik wilde, ik moet, ik heet, het is, dat is, mijn naam, mijn naam is, mijn nummer, mijn nummer is, het nummer is, kunt u, kan ik, kan u, mag ik, zou u, heeft u, is er, zijn er, we, wij, wij zijn, ik bel, geef me, zeg me',
    closed:
      'of zo, of niet, en zo, enzovoort, ik denk dat, doe dat, dat is het, dat was het, zo is het, hoe laat het is, ik ook, dat ben ik, ja dat is zo, doe het, ik doe het, wat is dat, wie is dat, waar is dat, kan dat, mag dat, ik weet het, weet ik, klopt dat, ja ik wil, ja ik ben, kom maar in, ik bel op, ga door, ik ga mee, waar gaat het over, waarom, doe maar, laat maar, hang op, wacht op',
    complete:
      'ja, nee, ja hoor, nee hoor, jawel, zeker, oké, oke, ok, prima, goed, is goed, alstublieft, ja graag, graag, dank u, dank u wel, dank je wel, bedankt, nee dank u, nee bedankt, dag, doei, tot ziens, dat is alles, dat was alles, dat was het, dat is het, niets, niks, verder niets, klopt, dat klopt, juist, precies, hallo, goedemorgen, goedemiddag, goedenavond, goedendag, natuurlijk, absoluut, ik denk het wel, ik denk het niet, ik denk van wel, ik denk van niet, weet ik niet, ik weet het niet, geen idee, misschien, perfect, geen probleem, ik snap het, begrepen, ik begrijp het, sorry, help, fijne dag, insgelijks, inderdaad, liever niet',
    question: 'wat, waar, wie, welke, welk, hoe, wanneer, waarom, hoeveel, waarvoor, waarheen',
    spelling: 'van, als in, zoals, dubbel, streepje, apenstaartje, punt, hoofdletter',
    numbered:
      'nummer, telefoonnummer, telefoon, mobiel, rekening, code, referentie, postcode, pincode, kaart, bestelnummer, klantnummer, toestel',
    digits: 'nul, een, één, twee, drie, vier, vijf, zes, zeven, acht, negen',
  },
} as const satisfies Record<string, Lists>;

/** What comes later wins where two lists hold the same word. */
const TRAILING = ['preposition', 'determiner', 'stub', 'filler', 'conjunction', 'closed'] as const;

const WORDS = {
  en: tablesOf(LISTS.en),
  es: tablesOf(LISTS.es),
  fr: tablesOf(LISTS.fr),
  de: tablesOf(LISTS.de),
  it: tablesOf(LISTS.it),
  pt: tablesOf(LISTS.pt),
  nl: tablesOf(LISTS.nl),
};

function tablesOf(lists: Lists): EndingWords {
  const trailing = TRAILING.flatMap((kind) =>
    phrasesOf(lists[kind]).map((phrase) => [phrase, kind] as const),
  );
  return {
    trailing: new Map(trailing),
    complete: new Map(phrasesOf(lists.complete).map((phrase) => [phrase, true] as const)),
    question: new Set(phrasesOf(lists.question)),
    spelling: new Set(phrasesOf(lists.spelling)),
    numbered: new Set(phrasesOf(lists.numbered)),
    digits: new Set(phrasesOf(lists.digits)),
  };
}
