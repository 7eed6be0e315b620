/** What people say for yes and no, by language. Phrases without accents or apostrophes, as `tokens` gives them. */

export interface YesNoWords {
  yes: readonly string[];
  /** Yes at the beginning and after "that's"; elsewhere they mean something else: "the one on the right". */
  weak: readonly string[];
  /** Yes where nothing but politeness follows: "I would", not "I would like to speak to someone". */
  ends: readonly string[];
  no: readonly string[];
  /** Turn a yes beside them, and are no by themselves: "that's not right", "sure isn't". */
  negators: readonly string[];
  /** Neither, whatever of yes and no is in them. */
  unclear: readonly string[];
  /** What may stand before a weak word. */
  frames: readonly string[];
  /** Politeness and the like, before and after an answer. */
  polite: readonly string[];
  /** First words of questions; a question is no answer unless it begins with one. */
  questions: readonly string[];
}

const list = (words: string): string[] => words.split(',').map((phrase) => phrase.trim());

export const YES_NO_WORDS: Readonly<Record<string, YesNoWords>> = {
  en: {
    yes: list(
      'yes, yeah, yep, yup, yah, ya, yea, aye, yessir, absolutely, definitely, certainly, exactly, of course, please do, go ahead, go for it, sounds good, that works, works for me, affirmative, uh huh, mhm, mm hmm, mmhmm, no problem, no worries, why not, not a problem, no objections, you got it, you bet, by all means, i think so, i guess so, i believe so, i suppose so, i hope so, i said yes, lets do it, lets do that, id love to, id be happy to, thats the one, all good, totally, for sure, right on, you can, a yes',
    ),
    weak: list(
      'sure, correct, right, ok, okay, okey, fine, perfect, great, wonderful, lovely, excellent, alright, all right, indeed, true, good',
    ),
    ends: list(
      'it is, i do, i would, i am, we are, we do, we would, i have, we have, i did, we did, i will, we will, it does, it was, they are, they do, he is, she is, that is, i can, we can, i guess, i suppose, please, very well, do it, do that, that would be great, that would be good, thatd be great, thatd be good',
    ),
    no: list(
      'no, nope, nah, nay, not really, absolutely not, definitely not, of course not, sure not, not at all, thats wrong, its wrong, wrong, incorrect, negative, never, dont think so, do not think so, no thank you, no thanks, id rather not, rather not, no way, certainly not, uh uh, im good, were good, im all set, im afraid not, not today, not now, not right now, not yet, false, a no, not that i know of, not that i know, nothing',
    ),
    negators: list(
      'not, dont, isnt, wasnt, doesnt, wont, cant, cannot, wouldnt, arent, havent, hasnt, didnt, couldnt, shouldnt, aint, not quite, not exactly, not really',
    ),
    unclear: list(
      'not sure, not really sure, not quite sure, not so sure, not too sure, not certain, not necessarily, dont know, do not know, dont mind, dont care, do not mind, no idea, no preference, no matter, maybe, perhaps, depends, dont understand, do not understand, didnt understand, not understand, cant hear, cannot hear, didnt hear, didnt catch, did not catch, didnt get, dont get, dont follow, dont remember, do not remember, cant remember, dont recall, dont see, didnt tell, didnt say, cant say, cant tell, cant decide, cant see, cant find, im fine, no one, no longer sure, yes and no, yes or no, if its okay, not clear, hold on, wait a second, one moment, one second',
    ),
    frames: list(
      'thats, its, is, was, sounds, looks, seems, be, works, quite, perfectly, absolutely, that, all, very, pretty, totally, completely, just, both, are, theyre, which is, yourre, everythings, everything',
    ),
    polite: list(
      'um, uh, er, erm, hmm, well, oh, ah, so, then, please, thanks, thank, you, sir, maam, for, me, to, with, by, indeed, actually, now, too, here, really, i, think, guess, and, the',
    ),
    questions: list(
      'what, whats, which, who, whos, where, wheres, when, whens, why, how, hows, is, are, do, does, did, can, could, would, will, should, may, am, was, were, have, has',
    ),
  },
  es: {
    yes: list(
      'si, claro que si, por supuesto, de acuerdo, no hay problema, sin problema, como no, por supuesto que si, creo que si, asi es, eso es, desde luego, adelante, me parece bien, esta bien',
    ),
    weak: list('claro, correcto, vale, exacto, exactamente, perfecto, bien, bueno, genial, ok, okay, cierto'),
    ends: list('lo es, lo soy, por favor, lo quiero'),
    no: list(
      'no, incorrecto, para nada, claro que no, por supuesto que no, no es correcto, no esta bien, nunca, en absoluto, ahora no, hoy no, mejor no, creo que no, no gracias, no es asi, no quiero',
    ),
    negators: [],
    unclear: list(
      'no se, no estoy seguro, no estoy segura, no lo se, tal vez, quiza, quizas, me da igual, no entiendo, no le entiendo, no te entiendo, no comprendo, no oigo, no le oigo, no te oigo, no recuerdo, no me acuerdo, no importa, depende, a lo mejor, un momento',
    ),
    frames: list('es, esta, eso, todo, muy, parece'),
    polite: list('eh, pues, bueno, ah, por, favor, gracias, muchas, senor, senora, asi'),
    questions: list(
      'que, cual, quien, donde, cuando, como, cuanto, cuantos, por que, para que, puedo, puede',
    ),
  },
  fr: {
    yes: list(
      'oui, ouais, daccord, tout a fait, bien sur, bien sur que oui, cest ca, cest bien ca, pas de probleme, pas de souci, aucun probleme, pourquoi pas, absolument, volontiers, je crois que oui, je pense que oui, avec plaisir, ca marche, ca me va, allez y, si si, certainement',
    ),
    weak: list(
      'exact, exactement, correct, parfait, bien, bon, tres bien, ok, okay, vrai, juste, entendu, super',
    ),
    ends: list('je veux bien, sil vous plait, cest bon'),
    no: list(
      'non, pas du tout, bien sur que non, pas vraiment, jamais, non merci, pas aujourdhui, pas maintenant, je crois que non, je pense que non, surtout pas, faux',
    ),
    negators: ['pas'],
    unclear: list(
      'sais pas, pas sur, pas sure, pas certain, pas certaine, peut etre, ca mest egal, pas compris, comprends pas, entends pas, entendu pas, souviens pas, ca depend, rappelle pas, un instant, un moment',
    ),
    frames: list('cest, est, tout, tres, semble'),
    polite: list('euh, ben, bah, ah, eh, bien, merci, sil, vous, plait, monsieur, madame, beaucoup, alors'),
    questions: list(
      'que, quest, quel, quelle, qui, ou, quand, comment, combien, pourquoi, est, puis, pouvez, quoi',
    ),
  },
  de: {
    yes: list(
      'ja, jawohl, jo, genau, stimmt, naturlich, selbstverstandlich, kein problem, warum nicht, in ordnung, auf jeden fall, ich glaube schon, ich denke schon, ich glaube ja, einverstanden, sicher, doch, passt, das passt, sehr gerne, aber gerne, ja gerne, na klar, alles klar',
    ),
    weak: list('richtig, gerne, gern, klar, gut, korrekt, perfekt, okay, ok, prima, super'),
    ends: list('bin ich, habe ich, mochte ich, bitte'),
    no: list(
      'nein, ne, nee, falsch, auf keinen fall, naturlich nicht, lieber nicht, auf gar keinen fall, nein danke, nie, niemals, eher nicht, noch nicht, heute nicht, jetzt nicht, ich glaube nicht, ich denke nicht, keineswegs, gar nicht',
    ),
    negators: ['nicht'],
    unclear: list(
      'weiß nicht, weiss nicht, weiß ich nicht, weiß es nicht, nicht sicher, keine ahnung, vielleicht, egal, nicht verstanden, verstehe nicht, verstehe ich nicht, verstehe sie nicht, hore nicht, hore sie nicht, nicht horen, kommt darauf an, einen moment, moment',
    ),
    frames: list('ist, das, sehr, alles, ganz, so, wäre, ware'),
    polite: list('ah, ahm, ach, also, na, bitte, danke, schon, vielen, dank, so, das, ist, dann'),
    questions: list(
      'was, welche, welcher, welches, wer, wo, wann, wie, warum, wieso, woher, kann, konnen, ist, sind',
    ),
  },
  it: {
    yes: list(
      'si, certo, certamente, va bene, daccordo, esatto, esattamente, assolutamente, assolutamente si, senza problemi, nessun problema, perche no, credo di si, penso di si, volentieri, certo che si, come no',
    ),
    weak: list('giusto, corretto, perfetto, bene, ok, okay, vero, ottimo'),
    ends: list('per favore, lo e, si grazie'),
    no: list(
      'no, per niente, assolutamente no, certo che no, credo di no, penso di no, mai, sbagliato, non proprio, no grazie, non e giusto, non e corretto, non oggi, non ora',
    ),
    negators: ['non'],
    unclear: list(
      'non so, non lo so, non sono sicuro, non sono sicura, forse, non ho capito, non capisco, non sento, non la sento, non ricordo, non importa, e uguale, dipende, un momento, un attimo',
    ),
    frames: list('e, tutto, molto, va'),
    polite: list('eh, beh, ah, allora, per, favore, grazie, mille, signore, signora'),
    questions: list('che, cosa, quale, chi, dove, quando, come, quanto, perche, posso, puo'),
  },
  pt: {
    yes: list(
      'sim, claro que sim, com certeza, isso mesmo, de acordo, pode ser, sem problema, acho que sim, creio que sim, por que nao, esta bem, esta certo, ta certo, ta bom, tudo bem, concordo',
    ),
    weak: list('claro, certo, correto, exato, exatamente, perfeito, isso, bom, bem, ok, okay, otimo'),
    ends: list('por favor, sou, quero, e sim'),
    no: list(
      'nao, de jeito nenhum, claro que nao, acho que nao, creio que nao, nunca, errado, incorreto, nao obrigado, nao obrigada, hoje nao, agora nao, de modo nenhum',
    ),
    negators: [],
    unclear: list(
      'nao sei, nao tenho certeza, talvez, tanto faz, nao entendi, nao entendo, nao percebi, nao ouvi, nao ouco, nao lembro, nao me lembro, depende, um momento, nao importa',
    ),
    frames: list('e, esta, ta, tudo, muito, isso'),
    polite: list('ah, eh, bem, por, favor, obrigado, obrigada, muito, senhor, senhora'),
    questions: list('que, qual, quem, onde, quando, como, quanto, por que, posso, pode'),
  },
  nl: {
    yes: list(
      'ja, jawel, ja hoor, zeker, natuurlijk, inderdaad, klopt, dat klopt, precies, geen probleem, waarom niet, ik denk het wel, ik denk van wel, graag, ja graag, is goed, akkoord, in orde, uiteraard, tuurlijk',
    ),
    weak: list('goed, juist, correct, prima, oke, ok, okay, perfect, mooi, helder'),
    ends: list('dat ben ik, alstublieft, doe maar'),
    no: list(
      'nee, neen, fout, helemaal niet, absoluut niet, liever niet, zeker niet, natuurlijk niet, nooit, nee bedankt, nee dank u, ik denk het niet, ik denk van niet, nog niet, nu niet, vandaag niet, niet echt, klopt niet, dat klopt niet',
    ),
    negators: ['niet'],
    unclear: list(
      'weet ik niet, weet niet, weet het niet, niet zeker, geen idee, misschien, maakt niet uit, niet verstaan, niet begrepen, begrijp het niet, hoor u niet, hoor je niet, ligt eraan, een moment, wacht even',
    ),
    frames: list('is, dat, heel, alles, helemaal'),
    polite: list('eh, ehm, nou, ah, oh, dank, u, wel, bedankt, alstublieft, hoor, dan'),
    questions: list('wat, welke, wie, waar, wanneer, hoe, waarom, kan, mag, is'),
  },
};
