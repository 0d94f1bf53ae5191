// What each detector is spoken to by.
import { Agent } from '../../mesh/index.js';
import { CAMERA_ABORT, CAMERA_EXPOSE, CAMERA_NIR_ABORT, CAMERA_NIR_EXPOSE } from '../messages.js';

/** By detectors. A wheel need not be there. */
export const CHANNELS = {
  VIS: {
    camera: Agent.CAMERA_VIS,
    expose: CAMERA_EXPOSE,
    abort: CAMERA_ABORT,
    wheel: Agent.FILTERWHEEL_VIS,
  },
  NIR: {
    camera: Agent.CAMERA_NIR,
    expose: CAMERA_NIR_EXPOSE,
    abort: CAMERA_NIR_ABORT,
    wheel: 'filterwheel_nir',
  },
} as const;
