/**
 * What the carrier itself says for a flow that cannot: when the service is in trouble, and when it has no room for one
 * more call. By language, as in {@link withDefaultTexts}; no templates, for there may be nothing to fill them with.
 */

export const ENGLISH_BY_CARRIER = {
  fallback: {
    say: 'I am sorry, we are having a technical problem.',
    goodbye: 'Please call again in a little while. Goodbye.',
  },
  when_busy: {
    say: 'All our lines are busy just now. Please stay on the line, you will be answered as soon as possible.',
    goodbye: 'I am sorry, all our lines are still busy. Please call again later. Goodbye.',
  },
};

export type CarrierTexts = typeof ENGLISH_BY_CARRIER;

/** By language, without its region. */
export const CARRIER_TEXTS: Readonly<Record<string, CarrierTexts>> = {
  de: {
    fallback: {
      say: 'Es tut mir leid, wir haben gerade eine technische Störung.',
      goodbye: 'Bitte rufen Sie in Kürze noch einmal an. Auf Wiederhören.',
    },
    when_busy: {
      say: 'Im Moment sind alle unsere Leitungen belegt. Bitte bleiben Sie dran, Sie werden so bald wie möglich bedient.',
      goodbye:
        'Es tut mir leid, alle Leitungen sind noch belegt. Bitte rufen Sie später noch einmal an. Auf Wiederhören.',
    },
  },
  fr: {
    fallback: {
      say: 'Je suis désolé, nous avons un problème technique.',
      goodbye: 'Merci de rappeler dans quelques instants. Au revoir.',
    },
    when_busy: {
      say: 'Toutes nos lignes sont occupées. Merci de rester en ligne, nous vous répondrons dès que possible.',
      goodbye:
        'Je suis désolé, toutes nos lignes sont encore occupées. Merci de rappeler plus tard. Au revoir.',
    },
  },
  es: {
    fallback: {
      say: 'Lo siento, tenemos un problema técnico.',
      goodbye: 'Por favor, vuelva a llamar en unos minutos. Adiós.',
    },
    when_busy: {
      say: 'En este momento todas nuestras líneas están ocupadas. Por favor, no cuelgue; le atenderemos lo antes posible.',
      goodbye: 'Lo siento, todas las líneas siguen ocupadas. Por favor, vuelva a llamar más tarde. Adiós.',
    },
  },
  it: {
    fallback: {
      say: 'Mi dispiace, abbiamo un problema tecnico.',
      goodbye: 'La preghiamo di richiamare tra qualche minuto. Arrivederci.',
    },
    when_busy: {
      say: 'In questo momento tutte le linee sono occupate. Resti in linea, le risponderemo appena possibile.',
      goodbye:
        'Mi dispiace, tutte le linee sono ancora occupate. La preghiamo di richiamare più tardi. Arrivederci.',
    },
  },
  pt: {
    fallback: {
      say: 'Desculpe, estamos com um problema técnico.',
      goodbye: 'Por favor, ligue de novo daqui a alguns minutos. Adeus.',
    },
    when_busy: {
      say: 'Neste momento todas as nossas linhas estão ocupadas. Por favor, aguarde na linha; será atendido assim que possível.',
      goodbye: 'Desculpe, todas as linhas continuam ocupadas. Por favor, ligue mais tarde. Adeus.',
    },
  },
  nl: {
    fallback: {
      say: 'Het spijt me, we hebben een technische storing.',
      goodbye: 'Belt u alstublieft over enkele minuten terug. Tot ziens.',
    },
    when_busy: {
      say: 'Al onze lijnen zijn op dit moment bezet. Blijft u alstublieft aan de lijn, u wordt zo snel mogelijk geholpen.',
      goodbye:
        'Het spijt me, al onze lijnen zijn nog steeds bezet. Belt u alstublieft later terug. Tot ziens.',
    },
  },
};
