/** "I don't know", "skip": the caller leaves an answer out. */
import { tokens } from './words.ts';

const PHRASES: Readonly<Record<string, string>> = {
  en: "skip,skip it,skip that,skip this,skip this one,skip that one,next,next question,pass,i don't know,i do not know,don't know,dunno,i don't remember,i can't remember,no idea,i have no idea,not sure,i'm not sure,i don't have one,i don't have any,i don't have it,i don't have that,i haven't got one,i have none,none,nothing,no thanks,no thank you,i'd rather not,i'd rather not say,rather not say,i don't want to say,leave it,leave it out,leave it empty,leave it blank,never mind,not really,no not really,nothing really,nothing else,nothing at all,nothing special,nothing in particular,none at all,not that i know of,not that i can think of,i don't think so,that's all,that is all,that's it,i'm good,we're good,i'm fine,all good,not at the moment,not this time,not today,nope,nah",
  de: 'weiter,überspringen,auslassen,weglassen,weiß ich nicht,weiss ich nicht,ich weiß nicht,ich weiß es nicht,keine ahnung,nicht sicher,hab ich nicht,habe ich nicht,ich habe keine,ich habe keinen,ich habe keins,keine,nichts,nein danke,lieber nicht,eigentlich nicht,nicht wirklich,gar nichts,sonst nichts,nichts weiter,nichts besonderes,im moment nicht,nicht dass ich wüsste,das war alles,das wäre alles,das ist alles,passt schon,nö,ne',
  fr: "passer,passez,suivant,je ne sais pas,je sais pas,aucune idée,je n'en ai pas,j'en ai pas,je ne l'ai pas,aucun,aucune,rien,non merci,je préfère ne pas le dire,pas vraiment,rien du tout,rien de plus,rien de spécial,rien d'autre,pas pour le moment,c'est tout,ça va",
  es: 'saltar,omitir,siguiente,paso,no sé,no lo sé,no tengo,no lo tengo,no tengo ninguno,ni idea,ninguno,ninguna,nada,no gracias,prefiero no decirlo,en realidad no,la verdad no,nada más,nada de eso,nada especial,eso es todo,por ahora no,creo que no',
  it: 'salta,saltare,avanti,non so,non lo so,non ce l ho,non ne ho,nessuna idea,nessuno,niente,no grazie,preferisco di no,non proprio,nient altro,niente di particolare,nulla,è tutto,per ora no,direi di no',
  pt: 'pular,passar,próximo,não sei,não tenho,nenhum,nenhuma,nada,não obrigado,não obrigada,prefiro não dizer,na verdade não,mais nada,nada mais,nada especial,é tudo,é só isso,por enquanto não,acho que não',
  nl: 'overslaan,volgende,weet ik niet,ik weet het niet,geen idee,heb ik niet,ik heb er geen,geen,niets,nee bedankt,liever niet,niet echt,eigenlijk niet,verder niets,niks,niks bijzonders,dat is alles,dat was alles,op dit moment niet',
};
const POLITE = new Set(
  'um uh er oh well so sorry please thanks bitte entschuldigung euh pardon bueno pues perdón beh scusi bom desculpe sorry nou thank you very much danke vielen dank schön merci beaucoup gracias muchas grazie mille obrigado obrigada muito dank u wel bedankt'
    .split(' ')
    .flatMap(tokens),
);

/** A refusal by itself, or before another: "no, nothing, thank you". As `tokens` gives them. */
const REFUSALS = new Set('no nope nah nein no ne nee non nao neen'.split(' '));

/** `language`: BCP 47. */
export function isSkip(said: string, language: string): boolean {
  const phrases = (PHRASES[language.slice(0, 2).toLowerCase()] ?? PHRASES['en'] ?? '')
    .split(',')
    .map((phrase) => tokens(phrase).join(' '));
  const all = tokens(said);
  const plain = all.filter((word) => !POLITE.has(word));
  const first = plain.findIndex((word) => !REFUSALS.has(word));
  if (plain.length > 0 && first < 0) return true;
  return [all, plain, plain.slice(Math.max(first, 0))].some((words) => phrases.includes(words.join(' ')));
}
