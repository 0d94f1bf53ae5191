// Bodies of messages: json, msgpack, yaml, and pickle read without ever running code.
export * from './compression.js';
export * from './errors.js';
export * from './serializers.js';
