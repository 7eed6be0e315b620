/**
 * A small booking API, so that the tools of a flow really call something: free times and appointments, in memory.
 *
 * Open on weekdays from 9 to 17 in half hours. Some times are taken from the start, always the same ones. Errors are
 * JSON: `{ error, field? , message }`.
 */
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';
import { z } from 'zod';
import { Door, type SandboxParts, type StandIn } from './stand-in.ts';

export interface Appointment {
  id: string;
  name: string;
  phone: string;
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM`, 24 hours. */
  time: string;
  reason: string;
}

/** A request as the API received it. */
export interface BookingRequest {
  method: string;
  path: string;
  body: unknown;
  idempotencyKey: string | undefined;
}

export interface Booking extends StandIn {
  /** Made so far and not cancelled. */
  readonly appointments: readonly Appointment[];
  /** Received so far, oldest first; the latest 200. */
  readonly requests: readonly BookingRequest[];
}

const MAX_REQUESTS = 200;
const MAX_APPOINTMENTS = 5000;
const OPENS_AT_MIN = 9 * 60;
const CLOSES_AT_MIN = 17 * 60;
const SLOT_MIN = 30;
const SPOKEN_SLOTS = 4;

const date = z.iso.date('must be a date, YYYY-MM-DD');
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time, HH:MM');
const name = z.string('must be a name').trim().min(1, 'must not be empty').max(100);
const phone = z
  .string('must be a phone number')
  .transform((value) => value.replaceAll(/[^\d+]/g, ''))
  .refine((value) => /^\+?\d{4,15}$/.test(value), 'must be a phone number of 4 to 15 digits');

const newAppointment = z.object({ name, phone, date, time, reason: z.string().trim().max(500).default('') });
const changedAppointment = z.object({ date, time });

/** Mounted like a vendor, so that faults and delays reach it too. */
export function createBooking(parts: SandboxParts): Booking {
  const door = new Door('booking', parts, (status) => ({
    status,
    body: errorBody('unavailable', 'Try again later.'),
  }));
  const book = new AppointmentBook();
  const requests: BookingRequest[] = [];
  const remember: RequestHandler = (request, _response, next) => {
    requests.push({
      method: request.method,
      path: request.originalUrl,
      body: request.body as unknown, // express types it as any
      idempotencyKey: request.get('idempotency-key'),
    });
    if (requests.length > MAX_REQUESTS) requests.shift();
    parts.faults.moments.came('tool');
    setTimeout(next, parts.delays.booking.responseMs);
  };
  const router = express.Router();
  router.get('/booking/requests', (_request, response) => void response.json(requests));
  router.use(
    '/booking',
    door.http,
    express.json(),
    door.answers,
    remember,
    bookingRoutes(book),
    answerErrors,
  );
  return { door, router, requests, appointments: book.appointments };
}

function bookingRoutes(book: AppointmentBook): Router {
  const router = express.Router();
  const once = onceAKey();
  router.get('/slots', (request, response) => {
    const wanted = check(z.object({ date }), request.query).date;
    response.json({ date: wanted, ...book.freeTimes(wanted) });
  });
  router.get('/appointments', (request, response) => {
    const wanted = check(z.object({ phone }), request.query).phone;
    response.json(book.under(wanted));
  });
  const idOf = (request: Request) => String(request.params['id']);
  router.post(
    '/appointments',
    once((request) => book.add(check(newAppointment, request.body))),
  );
  router.patch(
    '/appointments/:id',
    once((request) => book.move(idOf(request), check(changedAppointment, request.body))),
  );
  router.delete(
    '/appointments/:id',
    once((request) => book.cancel(idOf(request))),
  );
  router.use(() => {
    throw new BookingError(404, { error: 'not-found', message: 'The booking API has no such route.' });
  });
  return router;
}

/** The same Idempotency-Key gets the first answer again, and nothing is done twice. Refusals are not kept. */
function onceAKey(): (act: (request: Request) => Answer) => RequestHandler {
  const answers = new Map<string, Answer>();
  return (act) => (request, response) => {
    const key = request.get('idempotency-key');
    const answer = (key === undefined ? undefined : answers.get(key)) ?? act(request);
    if (key !== undefined && answers.size < MAX_APPOINTMENTS) answers.set(key, answer);
    response.status(answer.status).json(answer.body);
  };
}

interface Answer {
  status: number;
  body: object;
}

class AppointmentBook {
  readonly appointments: Appointment[] = [];
  #nextId = 1;

  /** `message` names the first few, as one would on the telephone. */
  freeTimes(day: string): { slots: string[]; message: string } {
    const slots = this.#free(day);
    const named = slots.slice(0, SPOKEN_SLOTS).join(', ');
    const more = slots.length > SPOKEN_SLOTS ? ` and ${slots.length - SPOKEN_SLOTS} more` : '';
    const message =
      slots.length > 0
        ? `On ${spoken(day)} these are free: ${named}${more}.`
        : `Nothing is free on ${spoken(day)}.`;
    return { slots, message };
  }

  under(phone: string): { appointments: Appointment[]; message: string } {
    const appointments = this.appointments.filter((appointment) => appointment.phone === phone);
    const told = appointments.map(({ date, time }) => `${spoken(date)} at ${time}`).join(', and ');
    const message =
      appointments.length > 0
        ? `There is an appointment on ${told}.`
        : 'There is no appointment under that number.';
    return { appointments, message };
  }

  add(wanted: Omit<Appointment, 'id'>): Answer {
    this.#mustBeFree(wanted);
    if (this.appointments.length >= MAX_APPOINTMENTS) this.appointments.shift();
    const appointment = { id: `apt-${this.#nextId++}`, ...wanted };
    this.appointments.push(appointment);
    const message = `You are booked for ${spoken(wanted.date)} at ${wanted.time}.`;
    return { status: 201, body: { ...appointment, message } };
  }

  move(id: string, to: { date: string; time: string }): Answer {
    const appointment = this.#get(id);
    if (appointment.date !== to.date || appointment.time !== to.time) this.#mustBeFree(to);
    Object.assign(appointment, to);
    const message = `Your appointment is now on ${spoken(to.date)} at ${to.time}.`;
    return { status: 200, body: { ...appointment, message } };
  }

  cancel(id: string): Answer {
    const appointment = this.#get(id);
    this.appointments.splice(this.appointments.indexOf(appointment), 1);
    const message = `Your appointment on ${spoken(appointment.date)} at ${appointment.time} is cancelled.`;
    return { status: 200, body: { id, message } };
  }

  #get(id: string): Appointment {
    const found = this.appointments.find((appointment) => appointment.id === id);
    if (found !== undefined) return found;
    throw new BookingError(404, {
      error: 'not-found',
      field: 'id',
      message: `There is no appointment ${id}.`,
    });
  }

  #free(day: string): string[] {
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    if (weekday === 0 || weekday === 6) return [];
    const times: string[] = [];
    for (let minute = OPENS_AT_MIN; minute < CLOSES_AT_MIN; minute += SLOT_MIN) {
      const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      const taken =
        takenFromTheStart(day, minute) || this.appointments.some((a) => a.date === day && a.time === time);
      if (!taken) times.push(time);
    }
    return times;
  }

  #mustBeFree(wanted: { date: string; time: string }): void {
    const free = this.#free(wanted.date);
    if (free.includes(wanted.time)) return;
    const later = free.filter((time) => time > wanted.time);
    const next = (later.length > 0 ? later : free).slice(0, 3);
    const hint = next.length > 0 ? `Next free: ${next.join(', ')}.` : 'Nothing else is free that day.';
    throw new BookingError(409, {
      error: 'taken',
      field: next.length > 0 ? 'time' : 'date',
      message: `${spoken(wanted.date)} at ${wanted.time} is not free. ${hint}`,
      next,
    });
  }
}

/** `Tuesday 24 November` */
function spoken(day: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  });
  return format.format(new Date(`${day}T00:00:00Z`)).replace(',', '');
}

/** About a quarter of all times, the same on every run. */
function takenFromTheStart(day: string, minute: number): boolean {
  const dayNumber = Math.floor(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
  return (dayNumber * 7 + (minute / SLOT_MIN) * 3) % 4 === 0;
}

class BookingError extends Error {
  override readonly name = 'BookingError';
  readonly status: number;
  readonly body: object;
  constructor(status: number, body: { error: string; message: string; field?: string; next?: string[] }) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** Throws a 400 that names the first wrong field. */
function check<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new BookingError(400, {
    error: 'invalid',
    field,
    message: `${field} ${issue?.message ?? 'is wrong'}`,
  });
}

const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof BookingError) response.status(error.status).json(error.body);
  else if (error instanceof SyntaxError)
    response.status(400).send(errorBody('invalid', 'The body is not JSON.'));
  else next(error);
};

function errorBody(error: string, message: string): string {
  return JSON.stringify({ error, message });
}
