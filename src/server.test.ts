import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { closeServer, listen } from './server.ts';
import { UserError } from './user-error.ts';

it('names PORT where the port is taken', async () => {
  const other = createServer();
  await listen(other, 0, '127.0.0.1');
  const { port } = other.address() as AddressInfo; // a TCP server that listens has an AddressInfo
  await expect(listen(createServer(), port, '127.0.0.1')).rejects.toThrow(
    new UserError(`PORT: port ${port} is taken by another program. Set PORT to another one.`),
  );
  await closeServer(other);
});

it('names HOST where no such address is here', async () => {
  await expect(listen(createServer(), 0, '192.0.2.1')).rejects.toThrow(
    new UserError(
      'HOST: "192.0.2.1" is not an address of this machine (EADDRNOTAVAIL). Set HOST to one, or to nothing for all.',
    ),
  );
});
