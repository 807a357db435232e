import {
  Client,
  credentials,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import type { MethodInfo } from '../../client/codec.js';
import { grpcTarget, type Endpoint } from '../../client/endpoint.js';

const raw = (bytes: Buffer): Buffer => bytes;

/** Passes calls on as they are: bytes, deadline, cancellation, metadata, and the error with its trailers. */
export class PassThrough {
  private readonly client: Client;

  constructor(endpoint: Endpoint) {
    this.client = new Client(grpcTarget(endpoint), credentials.createInsecure(), {
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      // Limits are between the client and the runtime: what one of them does not take, it refuses itself.
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.default_authority': 'localhost',
    });
  }

  implement(method: MethodInfo): UntypedHandleCall {
    return method.stream ? this.stream(method) : this.unary(method);
  }

  close(): void {
    this.client.close();
  }

  private unary({ path }: MethodInfo): handleUnaryCall<Buffer, Buffer> {
    return (call, callback) => {
      const options = { deadline: call.getDeadline() };
      const upstream = this.client.makeUnaryRequest(
        path,
        raw,
        raw,
        call.request,
        passed(call.metadata),
        options,
        callback,
      );
      call.on('cancelled', () => upstream.cancel());
    };
  }

  private stream({ path }: MethodInfo): handleServerStreamingCall<Buffer, Buffer> {
    return (call) => {
      const options = { deadline: call.getDeadline() };
      const upstream = this.client.makeServerStreamRequest(
        path,
        raw,
        raw,
        call.request,
        passed(call.metadata),
        options,
      );
      call.on('cancelled', () => upstream.cancel());
      upstream.on('data', (bytes: Buffer) => {
        if (call.write(bytes)) return;
        upstream.pause();
        call.once('drain', () => upstream.resume());
      });
      upstream.on('error', (error) => call.emit('error', error));
      upstream.on('end', () => call.end());
    };
  }
}

/** The client's metadata without what belongs to its own connection. */
function passed(metadata: Metadata): Metadata {
  const copy = metadata.clone();
  for (const own of ['user-agent', 'grpc-accept-encoding', 'accept-encoding']) copy.remove(own);
  return copy;
}
