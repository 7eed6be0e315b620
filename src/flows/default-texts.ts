/**
 * What is said where a flow sets no words of its own, in each language that callers are understood in. Pure. Only
 * those of a bound are templates: they see it as `bound`.
 */
import { CARRIER_TEXTS } from './carrier-texts.ts';
import { asMap } from './plain-data.ts';

/** The words of a flow whose language has none here. */
export const ENGLISH = {
  phrases: {
    not_understood: 'Sorry, could you say that again?',
    not_a_choice: 'That is not one of the choices.',
    trouble: 'Sorry, something went wrong just then. Could you say that again?',
    offline: "I'm having trouble understanding just now.",
    offline_slots: 'Let me ask you one thing at a time.',
    refused: "I'm sorry, I can't help with that. Is there anything else I can do?",
    line_back: 'Sorry, the line dropped for a moment.',
    tool_uncertain: 'Sorry, we were cut off just then, and I cannot tell whether that went through.',
    time_up: 'I am afraid we have run out of time. Please call again if you need anything more. Goodbye.',
    broken_off: 'I am sorry, I cannot go on with this call. Please call again later. Goodbye.',
    still_working: 'One moment, please.',
    unheard: 'Sorry, I did not catch that. Could you say it again?',
    take_your_time: 'Of course, take your time.',
    cannot_hear: 'I am sorry, I cannot hear you just now.',
    use_keys: 'Please use the keys of your phone for that.',
    corrected: 'All right, I have changed that.',
    not_understood_again: 'I am sorry, I still did not get that.',
    yes_or_no: 'Please say yes or no.',
    at_least: 'It must be at least {{ bound }}.',
    at_most: 'It must be at most {{ bound }}.',
    not_before: 'It cannot be before {{ bound }}.',
    not_after: 'It cannot be after {{ bound }}.',
  },
  silence: {
    prompts: ['Are you still there?', 'I am still here if you need me.'],
    goodbye: 'I cannot hear you, so I will end the call now. Goodbye.',
    looking_up_prompts: [
      'No hurry. I am still here.',
      'Are you still looking? I am here when you are ready.',
    ],
  },
};

type DefaultTexts = typeof ENGLISH;

/** By language, without its region. */
const TEXTS: Readonly<Record<string, DefaultTexts>> = {
  en: ENGLISH,
  de: {
    phrases: {
      not_understood: 'Entschuldigung, könnten Sie das bitte wiederholen?',
      not_a_choice: 'Diese Auswahl gibt es leider nicht.',
      trouble: 'Entschuldigung, da ist gerade etwas schiefgegangen. Könnten Sie das bitte noch einmal sagen?',
      offline: 'Ich kann Sie gerade nicht gut verstehen.',
      offline_slots: 'Ich frage Sie eins nach dem anderen.',
      refused: 'Dabei kann ich leider nicht helfen. Kann ich sonst noch etwas für Sie tun?',
      line_back: 'Entschuldigung, die Verbindung war kurz unterbrochen.',
      tool_uncertain:
        'Entschuldigung, wir wurden gerade unterbrochen, und ich weiß nicht, ob das noch geklappt hat.',
      time_up:
        'Leider ist unsere Zeit um. Bitte rufen Sie noch einmal an, wenn Sie noch etwas brauchen. Auf Wiederhören.',
      broken_off:
        'Es tut mir leid, ich kann dieses Gespräch nicht fortsetzen. Bitte rufen Sie später noch einmal an. Auf Wiederhören.',
      still_working: 'Einen Moment, bitte.',
      unheard: 'Entschuldigung, das habe ich nicht verstanden. Könnten Sie es noch einmal sagen?',
      take_your_time: 'Natürlich, lassen Sie sich Zeit.',
      cannot_hear: 'Es tut mir leid, ich kann Sie gerade nicht hören.',
      use_keys: 'Bitte benutzen Sie dafür die Tasten Ihres Telefons.',
      corrected: 'In Ordnung, das habe ich geändert.',
      not_understood_again: 'Es tut mir leid, das habe ich immer noch nicht verstanden.',
      yes_or_no: 'Bitte sagen Sie Ja oder Nein.',
      at_least: 'Möglich ist mindestens {{ bound }}.',
      at_most: 'Möglich ist höchstens {{ bound }}.',
      not_before: 'Das geht frühestens: {{ bound }}.',
      not_after: 'Das geht spätestens: {{ bound }}.',
    },
    silence: {
      prompts: ['Sind Sie noch da?', 'Ich bin noch da, wenn Sie mich brauchen.'],
      goodbye: 'Ich kann Sie nicht hören und beende jetzt das Gespräch. Auf Wiederhören.',
      looking_up_prompts: [
        'Keine Eile. Ich bin noch da.',
        'Suchen Sie noch? Ich bin da, sobald Sie so weit sind.',
      ],
    },
  },
  fr: {
    phrases: {
      not_understood: 'Pardon, pourriez-vous répéter ?',
      not_a_choice: 'Ce choix n’existe pas.',
      trouble: 'Pardon, il y a eu un petit problème. Pourriez-vous répéter ?',
      offline: 'J’ai du mal à vous comprendre en ce moment.',
      offline_slots: 'Je vais vous poser une question à la fois.',
      refused: 'Je suis désolé, je ne peux pas vous aider pour cela. Puis-je faire autre chose pour vous ?',
      line_back: 'Pardon, la ligne a été coupée un instant.',
      tool_uncertain: 'Pardon, nous avons été coupés, et je ne sais pas si cela a bien été fait.',
      time_up:
        'Nous n’avons malheureusement plus de temps. Rappelez-nous si vous avez besoin d’autre chose. Au revoir.',
      broken_off: 'Je suis désolé, je ne peux pas poursuivre cet appel. Rappelez plus tard. Au revoir.',
      still_working: 'Un instant, s’il vous plaît.',
      unheard: 'Pardon, je n’ai pas entendu. Pourriez-vous répéter ?',
      take_your_time: 'Bien sûr, prenez votre temps.',
      cannot_hear: 'Je suis désolé, je ne vous entends plus pour le moment.',
      use_keys: 'Pour cela, utilisez les touches de votre téléphone, s’il vous plaît.',
      corrected: 'Très bien, c’est modifié.',
      not_understood_again: 'Je suis désolé, je n’ai toujours pas compris.',
      yes_or_no: 'Répondez par oui ou par non, s’il vous plaît.',
      at_least: 'Le minimum est {{ bound }}.',
      at_most: 'Le maximum est {{ bound }}.',
      not_before: 'Au plus tôt : {{ bound }}.',
      not_after: 'Au plus tard : {{ bound }}.',
    },
    silence: {
      prompts: ['Êtes-vous toujours là ?', 'Je suis toujours là si vous avez besoin de moi.'],
      goodbye: 'Je ne vous entends pas, je vais donc mettre fin à l’appel. Au revoir.',
      looking_up_prompts: [
        'Rien ne presse. Je suis toujours là.',
        'Vous cherchez encore ? Je suis là quand vous serez prêt.',
      ],
    },
  },
  es: {
    phrases: {
      not_understood: 'Perdone, ¿puede repetirlo?',
      not_a_choice: 'Esa no es una de las opciones.',
      trouble: 'Perdone, ha habido un problema. ¿Puede repetirlo?',
      offline: 'Ahora mismo me cuesta entenderle.',
      offline_slots: 'Le haré una pregunta cada vez.',
      refused: 'Lo siento, no puedo ayudarle con eso. ¿Puedo hacer algo más por usted?',
      line_back: 'Perdone, se ha cortado la línea un momento.',
      tool_uncertain: 'Perdone, se ha cortado justo entonces y no sé si ha llegado a hacerse.',
      time_up: 'Lo siento, se nos ha acabado el tiempo. Vuelva a llamar si necesita algo más. Adiós.',
      broken_off: 'Lo siento, no puedo continuar con esta llamada. Vuelva a llamar más tarde. Adiós.',
      still_working: 'Un momento, por favor.',
      unheard: 'Perdone, no le he oído bien. ¿Puede repetirlo?',
      take_your_time: 'Claro, tómese su tiempo.',
      cannot_hear: 'Lo siento, en este momento no puedo oírle.',
      use_keys: 'Para eso, use las teclas de su teléfono, por favor.',
      corrected: 'De acuerdo, lo he cambiado.',
      not_understood_again: 'Lo siento, sigo sin entenderle.',
      yes_or_no: 'Diga sí o no, por favor.',
      at_least: 'El mínimo es {{ bound }}.',
      at_most: 'El máximo es {{ bound }}.',
      not_before: 'Como muy pronto: {{ bound }}.',
      not_after: 'Como muy tarde: {{ bound }}.',
    },
    silence: {
      prompts: ['¿Sigue ahí?', 'Sigo aquí si me necesita.'],
      goodbye: 'No le oigo, así que voy a terminar la llamada. Adiós.',
      looking_up_prompts: ['Sin prisa. Sigo aquí.', '¿Sigue buscando? Aquí estoy para cuando quiera.'],
    },
  },
  it: {
    phrases: {
      not_understood: 'Mi scusi, può ripetere?',
      not_a_choice: 'Questa non è una delle scelte.',
      trouble: 'Mi scusi, c’è stato un problema. Può ripetere?',
      offline: 'Al momento ho difficoltà a capirla.',
      offline_slots: 'Le farò una domanda alla volta.',
      refused: 'Mi dispiace, non posso aiutarla con questo. Posso fare altro per lei?',
      line_back: 'Mi scusi, la linea è caduta per un momento.',
      tool_uncertain: 'Mi scusi, siamo stati interrotti e non so dire se sia andato a buon fine.',
      time_up: 'Purtroppo il tempo è finito. Richiami se ha bisogno di altro. Arrivederci.',
      broken_off: 'Mi dispiace, non posso continuare questa chiamata. Richiami più tardi. Arrivederci.',
      still_working: 'Un momento, per favore.',
      unheard: 'Mi scusi, non ho sentito. Può ripetere?',
      take_your_time: 'Certo, faccia con calma.',
      cannot_hear: 'Mi dispiace, in questo momento non riesco a sentirla.',
      use_keys: 'Per questo usi i tasti del telefono, per favore.',
      corrected: 'Va bene, ho modificato.',
      not_understood_again: 'Mi dispiace, non ho ancora capito.',
      yes_or_no: 'Risponda sì o no, per favore.',
      at_least: 'Il minimo è {{ bound }}.',
      at_most: 'Il massimo è {{ bound }}.',
      not_before: 'Al più presto: {{ bound }}.',
      not_after: 'Al più tardi: {{ bound }}.',
    },
    silence: {
      prompts: ['È ancora lì?', 'Sono ancora qui, se ha bisogno di me.'],
      goodbye: 'Non la sento, quindi termino la chiamata. Arrivederci.',
      looking_up_prompts: ['Nessuna fretta. Sono ancora qui.', 'Sta ancora cercando? Sono qui quando vuole.'],
    },
  },
  pt: {
    phrases: {
      not_understood: 'Desculpe, pode repetir?',
      not_a_choice: 'Essa não é uma das opções.',
      trouble: 'Desculpe, houve um problema. Pode repetir?',
      offline: 'Neste momento estou com dificuldade em compreender.',
      offline_slots: 'Vou fazer uma pergunta de cada vez.',
      refused: 'Lamento, não posso ajudar com isso. Posso fazer mais alguma coisa?',
      line_back: 'Desculpe, a ligação caiu por um momento.',
      tool_uncertain: 'Desculpe, a ligação caiu nesse momento e não sei dizer se isso foi feito.',
      time_up: 'Infelizmente o nosso tempo acabou. Volte a ligar se precisar de mais alguma coisa. Até logo.',
      broken_off: 'Lamento, não posso continuar esta chamada. Volte a ligar mais tarde. Até logo.',
      still_working: 'Um momento, por favor.',
      unheard: 'Desculpe, não ouvi bem. Pode repetir?',
      take_your_time: 'Claro, não há pressa.',
      cannot_hear: 'Peço desculpa, neste momento não consigo ouvir.',
      use_keys: 'Para isso, use as teclas do telefone, por favor.',
      corrected: 'Está bem, já alterei.',
      not_understood_again: 'Lamento, ainda não percebi.',
      yes_or_no: 'Responda sim ou não, por favor.',
      at_least: 'O mínimo é {{ bound }}.',
      at_most: 'O máximo é {{ bound }}.',
      not_before: 'O mais cedo possível é {{ bound }}.',
      not_after: 'O mais tarde possível é {{ bound }}.',
    },
    silence: {
      prompts: ['Ainda está aí?', 'Continuo aqui, se precisar de mim.'],
      goodbye: 'Não consigo ouvir, por isso vou terminar a chamada. Até logo.',
      looking_up_prompts: ['Sem pressa. Continuo aqui.', 'Ainda está à procura? Estou aqui quando quiser.'],
    },
  },
  nl: {
    phrases: {
      not_understood: 'Sorry, kunt u dat herhalen?',
      not_a_choice: 'Dat is niet een van de keuzes.',
      trouble: 'Sorry, er ging net iets mis. Kunt u dat nog een keer zeggen?',
      offline: 'Ik kan u op dit moment niet goed begrijpen.',
      offline_slots: 'Ik stel u de vragen één voor één.',
      refused: 'Het spijt me, daar kan ik niet mee helpen. Kan ik nog iets anders voor u doen?',
      line_back: 'Sorry, de verbinding viel even weg.',
      tool_uncertain: 'Sorry, we werden net onderbroken en ik weet niet of dat nog is gelukt.',
      time_up: 'Helaas is onze tijd om. Bel gerust nog eens als u nog iets nodig heeft. Tot ziens.',
      broken_off: 'Het spijt me, ik kan dit gesprek niet voortzetten. Bel later nog eens. Tot ziens.',
      still_working: 'Een ogenblik, alstublieft.',
      unheard: 'Sorry, dat heb ik niet verstaan. Kunt u het nog een keer zeggen?',
      take_your_time: 'Natuurlijk, neem uw tijd.',
      cannot_hear: 'Het spijt me, ik kan u op dit moment niet horen.',
      use_keys: 'Gebruik daarvoor de toetsen van uw telefoon, alstublieft.',
      corrected: 'Goed, dat heb ik aangepast.',
      not_understood_again: 'Het spijt me, ik heb het nog steeds niet begrepen.',
      yes_or_no: 'Zeg alstublieft ja of nee.',
      at_least: 'Het minimum is {{ bound }}.',
      at_most: 'Het maximum is {{ bound }}.',
      not_before: 'Op zijn vroegst: {{ bound }}.',
      not_after: 'Op zijn laatst: {{ bound }}.',
    },
    silence: {
      prompts: ['Bent u er nog?', 'Ik ben er nog, als u mij nodig heeft.'],
      goodbye: 'Ik hoor u niet, dus ik beëindig nu het gesprek. Tot ziens.',
      looking_up_prompts: [
        'Geen haast. Ik ben er nog.',
        'Bent u nog aan het zoeken? Ik ben er als u zover bent.',
      ],
    },
  },
};

/** Undefined in a language that has none. `language`: BCP 47. */
export function defaultTexts(language: string): DefaultTexts | undefined {
  const [base = ''] = language.toLowerCase().split('-');
  return Object.hasOwn(TEXTS, base) ? TEXTS[base] : undefined;
}

/** The data of a flow file, its words for when things go wrong filled in from its language. What is set stays. */
export function withDefaultTexts(data: unknown): unknown {
  const { language } = asMap(data);
  const texts = typeof language === 'string' ? defaultTexts(language) : undefined;
  if (texts === undefined || texts === ENGLISH) return data;
  const filled = { ...asMap(data) };
  const parts = { ...texts, ...CARRIER_TEXTS[String(language).toLowerCase().split('-')[0] ?? ''] };
  for (const [part, own] of Object.entries(parts)) {
    const written = filled[part] ?? {};
    // What is no map is for the schema to refuse.
    if (isMap(written)) filled[part] = { ...own, ...written };
  }
  return filled;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
