/**
 * The gender of what is counted, for "une fille" and "eine Frau": by endings, which are right for most nouns, and by a
 * few common nouns whose endings mislead. Words that no number counts ("pulse 1 para …") have none.
 */
import type { Gender } from '../language.ts';

const GERMAN_FEMININE =
  /(?:e|ung|heit|keit|schaft|tät|[st]ion|enz|tur|(?:er|t|l)ei|(?:er|nd|nt|zt|st|eg|ef)in|frau|person|nacht|mark|tür|wand|hand|stadt|zahl|nummer|bahn|fahrt|bank|art|zeit|arbeit|antwort|nachricht|tochter|mutter|schwester|regel|tafel|gabel|klinik|fabrik|uhr)$/iu;
const GERMAN_EXCEPTIONS =
  /(?:kunde|name|junge|kollege|experte|bote|neffe|löwe|hase|käse|buchstabe|gedanke|wille|ende|auge|interesse|gebäude|gemüse|sprung|schwung|stadion|august|bruder)$/iu;
/** Small words that end as adjectives do. */
const GERMAN_NO_ADJECTIVE =
  /^(?:heute|bitte|ohne|gerne|beide|habe|hatte|wurde|würde|wäre|[ksmd]?eine[rs]?|ihre[rs]?|unsere[rs]?|diese[rs]?|jede[rs]?|alle[rs]?|oder|aber|über|unter|immer|wieder|später|hinter|außer)$/u;

/** An adjective must agree with the noun that follows: "1 neue Nachricht", but not "Zimmer 1 heute Abend". */
export function germanGender(word: string, following: string): Gender | undefined {
  if (/^\p{Lu}/u.test(word)) return GERMAN_FEMININE.test(word) && !GERMAN_EXCEPTIONS.test(word) ? 'f' : 'm';
  if (!/^\p{Lu}/u.test(following) || GERMAN_NO_ADJECTIVE.test(word)) return undefined;
  const gender = germanGender(following, '');
  return (gender === 'f' ? /\p{L}{3}e$/u : /\p{L}{3}e[rs]$/u).test(word) ? gender : undefined;
}

const FRENCH_FEMININE =
  /^(?:livre|heure|minute|seconde|semaine|année|nuit|personne|table|chambre|fois|tonne|page|ligne|roupie|commande|carte|dame|femme|amie|maison|porte|chaise|lettre|adresse|salle|rue|école|pizza|classe|équipe|boîte|bière|tasse|robe|jupe|veste|clé|clef|main|photo|moto|vidéo|part|paire|douzaine|étoile|case|date|demande|dent|note|offre|visite|zone|règle|banque|boutique|marque|remise|valise|voiture|facture|signature|ouverture|fermeture|mesure|grande|petite|bonne|seule|première|dernière|\p{L}*(?:[st]ion|xion|ette|elle|esse|ille|aine|euse|trice|ière|ade|aison|ance|ence|ée|nte|té|erie|ité|ace|ice))s?$/u;
const FRENCH_EXCEPTIONS =
  /^(?:musée|lycée|trophée|été|comité|côté|traité|pâté|député|invité|arrêté|domaine|cimetière|derrière|arrière|silence|mille|portefeuille|vermicelle|espace|palace|compte|service|exercice|bénéfice|office|indice|squelette|toilette)s?$/u;

export function frenchGender(word: string): Gender | undefined {
  return FRENCH_FEMININE.test(word) && !FRENCH_EXCEPTIONS.test(word) ? 'f' : undefined;
}

const SPANISH_NOT_COUNTED =
  /^(?:y|o|a|e|u|de|del|al|en|por|para|con|sin|sobre|entre|según|hasta|desde|hacia|el|la|los|las|un|una|es|son|fue|era|está|hay|tiene|si|no|ya|se|lo|le|me|te|que|como|cuando|donde|pero|ni|más|menos|antes|después|luego|ahora|hoy|mañana|va|queda|significa|indica)$/u;
const SPANISH_FEMININE =
  /(?:as?|[csgtx]ión|[csgtx]iones|dad|dades|tad|tades|tud|umbre|noches?|tardes?|veces|vez|clases?|calles?|llaves?|claves?|partes?|series?|bases?|mujer|mujeres|manos?|fotos?|motos?|flor|flores|red|redes|pared|paredes|imagen|imágenes)$/u;
const SPANISH_EXCEPTIONS = /^(?:d[ií]as?|\p{L}*[eo]mas?|mapas?|gramas?|sofás?)$/u;

export function spanishGender(word: string): Gender | undefined {
  if (SPANISH_NOT_COUNTED.test(word)) return undefined;
  return SPANISH_FEMININE.test(word) && !SPANISH_EXCEPTIONS.test(word) ? 'f' : 'm';
}

const ITALIAN_NOT_COUNTED =
  /^(?:\p{Ll}{0,4}lla|una|la|da|tra|fra|ma|ora|prima|senza|già|va|era|a|o|allo|dello|nello|sullo|lo|quando|dopo|sono)$/u;

export function italianGender(word: string): Gender | undefined {
  if (/(?:tema|lema|gramma|clima|cinema)$/.test(word)) return 'm';
  if (ITALIAN_NOT_COUNTED.test(word)) return undefined;
  if (/(?:a|ione|tà|notte|chiave|classe|parte|rete)$/.test(word)) return 'f';
  return /o$/.test(word) ? 'm' : undefined;
}

const PORTUGUESE_FEMININE =
  /(?:as?|ção|ções|são|sões|dades?|noites?|tardes?|vez|vezes|agem|agens|mulher|mulheres|mãe|mães|flor|flores|chaves?|partes?|redes?)$/u;
const PORTUGUESE_EXCEPTIONS =
  /^(?:à|às|a|as|o|da|das|na|nas|pela|uma|para|mas|ou|era|agora|ainda|antes|dias?|\p{L}*[eo]mas?|mapas?|gramas?)$/u;

export function portugueseGender(word: string): Gender | undefined {
  return PORTUGUESE_FEMININE.test(word) && !PORTUGUESE_EXCEPTIONS.test(word) ? 'f' : undefined;
}
