// A Kafka cluster for tests: the one that kcat makes inside of itself (librdkafka's mock cluster, which speaks the real
// protocol on loopback).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import kafkajs, { type Producer } from 'kafkajs';

/** Whether kcat is installed here. */
export const hasKcat = spawnSync('kcat', ['-V']).status === 0;

export class KafkaCluster {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
    private readonly producer: Producer,
  ) {}

  static async start(): Promise<KafkaCluster> {
    process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
    // A producer that waits for its input; its cluster lives as long as it does.
    const args = ['-P', '-t', 'nothing', '-b', 'ignored', '-X', 'test.mock.num.brokers=1', '-d', 'mock'];
    const child = spawn('kcat', args, { stdio: ['pipe', 'ignore', 'pipe'] });
    const address = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += chunk;
        const found = /bootstrap\.servers=(\S+)/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
        if (text.length > 100_000) text = '';
      });
      child.once('exit', () => reject(new Error(`kcat has ended: ${text}`)));
    });
    const { Kafka, logLevel } = kafkajs;
    const kafka = new Kafka({ clientId: 'test', brokers: [address], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    return new KafkaCluster(child, address, producer);
  }

  /** Puts a message into a topic, which is made. */
  async send(topic: string, value: string | Buffer): Promise<void> {
    await this.producer.send({ topic, messages: [{ value }] });
  }

  async stop(): Promise<void> {
    await this.producer.disconnect();
    this.child.kill('SIGKILL');
  }
}
