/** An error of this kind says all that there is to say. */
export class RedisRefusal extends Error {
  override readonly name = 'RedisRefusal';
  readonly mayPass: boolean;

  constructor(reason: string, { mayPass }: { readonly mayPass: boolean }) {
    super(reason);
    this.mayPass = mayPass;
  }
}
